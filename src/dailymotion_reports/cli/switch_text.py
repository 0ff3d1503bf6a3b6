"""What ``dmr sandbox switches`` says.  Text only; nothing is printed here."""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from dailymotion_reports.cli.columns import faint, strong, wrapped


class Switch(Protocol):
    """An open question about the service, as the sandbox knows it."""

    @property
    def name(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def why(self) -> str: ...
    @property
    def default(self) -> Any: ...
    @property
    def allowed(self) -> str: ...


def switch_lines(switches: Iterable[Switch], width: int | None) -> Iterator[str]:
    """Each switch with its default, what it decides, what it may be, and what is assumed."""
    for number, switch in enumerate(switches):
        if number:
            yield ""
        yield strong(f"{switch.name} = {shown(switch.default)}")
        room = None if width is None else max(20, width - 2)
        about = f"{switch.about[:1].upper()}{switch.about[1:]}: {switch.allowed}."
        yield from (f"  {line}" for line in wrapped(about, room))
        yield from (f"  {faint(line)}" for line in wrapped(switch.why, room))


def shown(value: Any) -> str:
    """A value as ``--set`` takes it; a dash for none."""
    if value is None:
        return "-"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def told(switch: Switch) -> dict[str, Any]:
    """The switch as ``--json`` says it."""
    return {
        "name": switch.name,
        "default": switch.default,
        "allowed": switch.allowed,
        "about": switch.about,
        "why": switch.why,
    }
