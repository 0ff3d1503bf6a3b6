"""What every error is made of."""

from typing import ClassVar, Literal

Retry = Literal["never", "later", "sign_in", "resubmit", "resume"]
"""What may be done without a person: nothing, the same again later, sign in and repeat, ask for the report
anew, or go on waiting for it."""


def _restored(kind: "type[DmrError]", args: tuple[object, ...], known: dict[str, object]) -> "DmrError":
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(known)
    return error


class DmrError(Exception):
    """Something went wrong in dailymotion-reports."""

    code: ClassVar[str] = "dmr.error"
    retry: ClassVar[Retry] = "never"
    default_hint: ClassVar[str] = ""
    default_next: ClassVar[str] = ""

    def __init__(self, message: str = "", *, hint: str = "", next: str = "") -> None:
        super().__init__(message or type(self).__doc__ or type(self).__name__)
        self.hint = hint or self.default_hint
        """What would mend it, in one sentence; may be empty."""
        self.next = next or self.default_next
        """A command that helps; may be empty."""

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross process boundaries whole: made without their constructor, with all they know."""
        return _restored, (type(self), self.args, self.__dict__)

    @property
    def message(self) -> str:
        """What happened, without the hint."""
        return str(self.args[0])


def of_code(code: str, message: str, hint: str = "") -> DmrError:
    """The error of that code, as it was written down; a `DmrError` where there is no such code any more."""
    kinds: list[type[DmrError]] = [DmrError, *_below(DmrError)]
    kind: type[DmrError] = next((one for one in kinds if one.code == code), DmrError)
    return _restored(kind, (message,), {"hint": hint or kind.default_hint, "next": kind.default_next})


def _below(kind: type[DmrError]) -> list[type[DmrError]]:
    return [found for one in kind.__subclasses__() for found in (one, *_below(one))]
