"""Who is next where several want the same."""

import threading

from dailymotion_reports.workspace.line import Line


def _until_so_many_wait(line: Line, number: int) -> None:
    while line.waiting != number:
        pass


def test_it_goes_to_whoever_came_first_and_not_to_the_one_that_has_just_had_it() -> None:
    line, had = Line(), list[str]()
    tickets = {name: line.ticket() for name in ("first", "second", "third")}

    def want(name: str, ticket: int) -> None:
        assert line.acquire(ticket, 60)
        had.append(name)
        line.release()

    assert line.acquire(line.ticket(), 0)
    threads = []
    for number, name in enumerate(("third", "first", "second"), 1):
        threads.append(threading.Thread(target=want, args=(name, tickets[name])))
        threads[-1].start()
        _until_so_many_wait(line, number)
    line.release()
    assert line.acquire(line.ticket(), 60)
    assert had == ["first", "second", "third"]
    for thread in threads:
        thread.join(60)


def test_whoever_leaves_holds_nobody_and_has_his_place_when_he_comes_again() -> None:
    line = Line()
    early, late, again = line.ticket(), line.ticket(), line.ticket()
    assert line.acquire(line.ticket(), 0)
    assert not line.acquire(early, 0.0)
    line.release()
    assert line.acquire(late, 0), "it is free, and nobody else is there"
    came = list[int]()

    def want(ticket: int) -> None:
        assert line.acquire(ticket, 60)
        came.append(ticket)
        line.release()

    threads = [threading.Thread(target=want, args=(ticket,)) for ticket in (again, early)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        _until_so_many_wait(line, number)
    line.release()
    for thread in threads:
        thread.join(60)
    assert came == [early, again]
