-- The ledger, in words that SQLite and PostgreSQL both take.  Times are seconds since 1970, UTC.
-- A statement ends with a semicolon at the end of its line.

-- version 1

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    due DOUBLE PRECISION NOT NULL,
    detail TEXT NOT NULL
);

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    profile TEXT NOT NULL,
    number BIGINT NOT NULL,
    fingerprint TEXT NOT NULL,
    request TEXT NOT NULL,
    lane INTEGER NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    due DOUBLE PRECISION NOT NULL,
    vanishes DOUBLE PRECISION NOT NULL,
    wished DOUBLE PRECISION NOT NULL,
    changed DOUBLE PRECISION NOT NULL,
    again INTEGER NOT NULL,
    fence BIGINT NOT NULL,
    owner TEXT NOT NULL,
    lease_until DOUBLE PRECISION NOT NULL,
    UNIQUE (account, number)
);

CREATE INDEX jobs_to_do ON jobs (account, state, lane, number);

CREATE INDEX jobs_same ON jobs (account, fingerprint, number);

CREATE TABLE attempts (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    account TEXT NOT NULL,
    asked DOUBLE PRECISION NOT NULL,
    slot_until DOUBLE PRECISION,
    outcome TEXT NOT NULL,
    PRIMARY KEY (job, number)
);

CREATE INDEX attempts_that_hold ON attempts (account, slot_until);

CREATE TABLE moves (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    at DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    owner TEXT NOT NULL,
    PRIMARY KEY (job, position)
);

-- version 2

CREATE TABLE questions (
    jobs TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id),
    asked DOUBLE PRECISION NOT NULL,
    text TEXT NOT NULL
);

-- version 3

CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    served DOUBLE PRECISION NOT NULL,
    tries INTEGER NOT NULL,
    not_before DOUBLE PRECISION NOT NULL
);

-- version 4

CREATE INDEX jobs_by_state ON jobs (state, changed);

CREATE INDEX jobs_newest ON jobs (account, wished);
