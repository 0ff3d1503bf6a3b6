"""The tokens of one account, between processes and clocks."""

import asyncio
import json
import stat
import threading
from pathlib import Path

import pytest

from dailymotion_reports.client.tokens import TokenStore
from dailymotion_reports.errors import SecretsUnusable
from dailymotion_reports.flows.session import RENEW_AT, Tokens
from dailymotion_reports.redaction import Secret
from dailymotion_reports.settings.vault import FileVault

DAY = 86400.0


class Site:
    """A folder, and two clocks that stand still until they are told: the wall's and the process's."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.wall, self.clock = folder, 1_700_000_000.0, 500.0

    def store(self, client: str = "key") -> TokenStore:
        vault = FileVault(self.folder)
        return TokenStore(vault, "acme", client, self.folder, wall=lambda: self.wall, clock=lambda: self.clock)

    def tokens(self, name: str = "a1", lives: float = 1000.0) -> Tokens:
        scopes = frozenset({"create_reports"})
        renew_at, ends_at = self.clock + RENEW_AT * lives, self.clock + lives
        return Tokens(Secret(name), Secret("r1"), renew_at, ends_at, scopes)

    @property
    def file(self) -> Path:
        return self.folder / "acme.json"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_what_is_remembered_is_recalled(site: Site) -> None:
    tokens = site.tokens()
    site.store().remember(tokens)
    found = site.store().recall()
    assert found is not None
    assert (found.access, found.refresh, found.scopes) == (tokens.access, tokens.refresh, tokens.scopes)
    assert (found.renew_at, found.ends_at) == pytest.approx((tokens.renew_at, tokens.ends_at))
    assert stat.S_IMODE(site.file.stat().st_mode) == 0o600


def test_another_process_sees_the_same_life_by_its_own_clock(site: Site) -> None:
    site.store().remember(site.tokens(lives=1000.0))
    site.wall, site.clock = site.wall + 400.0, 7.0
    found = site.store().recall()
    assert found is not None
    assert (found.renew_at, found.ends_at) == pytest.approx((7.0 + 450.0, 7.0 + 600.0))


@pytest.mark.row("T12")
def test_a_clock_that_was_set_back_makes_a_token_due(site: Site) -> None:
    site.store().remember(site.tokens())
    site.wall -= DAY
    found = site.store().recall()
    assert found is not None
    assert found.renew_at == float("-inf")
    assert found.refresh == Secret("r1")


@pytest.mark.row("T12")
def test_a_clock_that_was_set_forward_makes_a_token_due(site: Site) -> None:
    site.store().remember(site.tokens())
    site.wall += DAY
    found = site.store().recall()
    assert found is not None
    assert found.renew_at < site.clock


def test_tokens_of_another_key_count_as_none(site: Site) -> None:
    site.store("key").remember(site.tokens())
    assert site.store("another").recall() is None


def test_what_is_forgotten_is_gone(site: Site) -> None:
    site.store().remember(site.tokens())
    assert site.store().forget()
    assert site.store().recall() is None
    assert not site.store().forget()


@pytest.mark.row("T13")
@pytest.mark.parametrize(
    "change",
    [
        {"access": None},
        {"access": ""},
        {"access": 7},
        {"ends_at": "soon"},
        {"kept_at": None},
        {"scopes": 5},
        {"scopes": [1]},
        {"refresh": ["r"]},
        {"lives": {}},
    ],
)
def test_a_record_that_is_none_is_refused_and_left_as_it_is(change: dict[str, object], site: Site) -> None:
    site.store().remember(site.tokens())
    record = json.loads(site.file.read_text()) | change
    site.file.write_text(json.dumps(record))
    with pytest.raises(SecretsUnusable) as caught:
        site.store().recall()
    assert caught.value.next == "dmr auth logout"
    assert json.loads(site.file.read_text()) == record


@pytest.mark.row("TM9")
def test_the_lock_is_one_man_s_at_a_time_among_threads(site: Site) -> None:
    inside, most = 0, 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(5):
            with site.store().held():
                with guard:
                    inside += 1
                    most = max(most, inside)
                with guard:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


@pytest.mark.row("TM9")
def test_the_lock_is_one_man_s_at_a_time_among_coroutines_and_no_thread_waits(site: Site) -> None:
    order: list[str] = []

    async def work(name: str) -> None:
        async with site.store().aheld():
            order.append(f"{name} in")
            await asyncio.sleep(0)
            order.append(f"{name} out")

    async def both() -> int:
        before = threading.active_count()
        await asyncio.gather(work("a"), work("b"), work("c"))
        return threading.active_count() - before

    assert asyncio.run(both()) == 0
    assert [entry.split()[1] for entry in order] == ["in", "out"] * 3


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = TokenStore(FileVault(tmp_path), "acme", "key", tmp_path / "file" / "locks")
    with pytest.raises(SecretsUnusable, match="cannot be locked"), store.held():
        pass
