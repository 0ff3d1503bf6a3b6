"""How the sandbox is ended by a signal, from its first moment on.  Light to import, so that it can stand first."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Ending:
    """Whether the end was asked for, and who wants to hear of it."""

    def __init__(self) -> None:
        self.asked = False
        self._then: Callable[[], None] | None = None

    def tell(self, then: Callable[[], None]) -> None:
        """Let ``then`` be called when the end is asked for; at once where it was."""
        self._then = then
        if self.asked:
            then()

    def on_signal(self, _number: int, _frame: object) -> None:
        """A signal handler that asks for the end, and interrupts nothing."""
        self.asked = True
        if self._then is not None:
            self._then()


@contextmanager
def ended_by_signals() -> Iterator[Ending]:
    """Within the block SIGINT and SIGTERM ask for the end instead of what they did before.  Main thread only."""
    ending = Ending()
    before = {name: signal.signal(name, ending.on_signal) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ending
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
