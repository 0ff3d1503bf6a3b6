-- Every question that the SQL stores ask, for SQLite and PostgreSQL alike.  `:name` is a parameter.
-- Each store says in {among} how a column is compared with a list, and in {unless_held} how rows
-- are passed over that another transaction holds.

-- name: account
SELECT detail FROM accounts WHERE id = :account

-- name: keep_account
INSERT INTO accounts (id, due, detail) VALUES (:id, :due, :detail)
ON CONFLICT (id) DO UPDATE SET due = excluded.due, detail = excluded.detail

-- name: accounts
SELECT detail FROM accounts ORDER BY id

-- name: job
SELECT * FROM jobs WHERE id = :id

-- name: jobs_that_begin
SELECT * FROM jobs WHERE id >= :id AND id < :beyond LIMIT 2

-- name: keep_job
INSERT INTO jobs (id, account, profile, number, fingerprint, request, lane, state, detail, due, vanishes, wished,
    changed, again, fence, owner, lease_until)
VALUES (:id, :account, :profile, :number, :fingerprint, :request, :lane, :state, :detail, :due, :vanishes, :wished,
    :changed, :again, :fence, :owner, :lease_until)
ON CONFLICT (id) DO UPDATE SET profile = excluded.profile, lane = excluded.lane, state = excluded.state,
    detail = excluded.detail, due = excluded.due, vanishes = excluded.vanishes, changed = excluded.changed,
    again = excluded.again, fence = excluded.fence, owner = excluded.owner, lease_until = excluded.lease_until

-- name: keep_attempt
INSERT INTO attempts (job, number, account, asked, slot_until, outcome)
VALUES (:job, :number, :account, :asked, :slot_until, :outcome)
ON CONFLICT (job, number) DO UPDATE SET slot_until = excluded.slot_until, outcome = excluded.outcome

-- name: keep_move
INSERT INTO moves (job, position, at, state, reason, owner)
SELECT :job, COALESCE(MAX(position), 0) + 1, :at, :state, :reason, :owner FROM moves WHERE job = :job

-- name: attempts_that_hold
SELECT * FROM attempts WHERE account = :account AND slot_until > :now ORDER BY asked, job

-- name: attempts_with_slots
SELECT * FROM attempts WHERE account = :account AND slot_until IS NOT NULL ORDER BY asked, job

-- name: attempts_of
SELECT * FROM attempts WHERE job = :job ORDER BY number

-- name: running
-- An index on numbers would give the order, and would be read whole for it: of thousands of jobs few are running.
SELECT * FROM jobs WHERE account = :account AND state IN ('submitting', 'waiting') ORDER BY number + 0

-- name: to_do
SELECT * FROM (SELECT 1 AS part, 0 AS turn, 0 AS rank, * FROM jobs
    WHERE account = :account AND state IN ('submitting', 'waiting')) AS running
UNION ALL
SELECT * FROM (SELECT 2 AS part, vanishes AS turn, 0 AS rank, * FROM jobs
    WHERE account = :account AND state = 'ready' AND (:every = 1 OR id {among})
    ORDER BY vanishes, number LIMIT :most_ready) AS finished
UNION ALL
SELECT * FROM (SELECT 3 AS part, CASE WHEN due > :now THEN due ELSE 0 END AS turn, lane AS rank, *
    FROM jobs WHERE account = :account AND state = 'planned' AND (:every = 1 OR id {among})
    ORDER BY CASE WHEN due > :now THEN due ELSE 0 END, lane, number LIMIT :most_planned) AS asked_next
ORDER BY part, turn, rank, number

-- name: same
SELECT * FROM jobs WHERE account = :account AND fingerprint = :fingerprint ORDER BY number DESC LIMIT 10

-- name: jobs
SELECT * FROM jobs ORDER BY wished DESC, account, number DESC LIMIT :most

-- name: jobs_in_states
SELECT * FROM jobs WHERE state {among_states} AND changed >= :since
ORDER BY wished DESC, account, number DESC LIMIT :most

-- name: jobs_of_account
SELECT * FROM jobs WHERE account = :account AND changed >= :since
ORDER BY wished DESC, number DESC LIMIT :most

-- name: jobs_of_account_in_states
-- The order is not that of an index, since few jobs are in states that somebody asks for.
SELECT * FROM jobs WHERE account = :account AND state {among_states} AND changed >= :since
ORDER BY wished + 0 DESC, number DESC LIMIT :most

-- name: jobs_named
SELECT * FROM jobs WHERE id {among} AND (:account = '' OR account = :account)
    AND state {among_states} AND changed >= :since
ORDER BY wished DESC, account, number DESC LIMIT :most

-- name: history
SELECT * FROM moves WHERE job = :job ORDER BY position

-- name: busy
SELECT id FROM accounts WHERE (due <= :now OR due > :now + 7200) AND EXISTS (SELECT 1 FROM jobs WHERE account = accounts.id
    AND state IN ('planned', 'submitting', 'waiting', 'ready', 'gone'))
ORDER BY due, id LIMIT :most {unless_held}

-- name: prune
-- So many at a time: others have their turn in between.
DELETE FROM jobs WHERE id IN (SELECT id FROM jobs
    WHERE changed < :before AND state IN ('fetched', 'empty', 'loaded', 'failed', 'parked')
    AND NOT EXISTS (SELECT 1 FROM attempts WHERE job = jobs.id AND slot_until >= :before) LIMIT :most)

-- name: keep_question
INSERT INTO questions (jobs, account, asked, text) VALUES (:jobs, :account, :asked, :text)
ON CONFLICT (jobs) DO UPDATE SET asked = excluded.asked, text = excluded.text

-- name: question
SELECT text FROM questions WHERE jobs = :jobs

-- name: prune_questions
DELETE FROM questions WHERE asked < :before

-- name: run
SELECT * FROM runs WHERE id = :id

-- name: keep_run
INSERT INTO runs (id, owner, served, tries, not_before) VALUES (:id, :owner, :served, :tries, :not_before)
ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, served = excluded.served, tries = excluded.tries,
    not_before = excluded.not_before
