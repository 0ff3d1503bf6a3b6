"""What ``--debug`` writes is safe to paste."""

import logging

import pytest

from dailymotion_reports.cli.logs import ScrubbingFormatter
from dailymotion_reports.redaction import MASK, Secret

CANARY = "canary-7f3a"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
SECRET = Secret(CANARY)


def logged(error: BaseException | None, message: str, *arguments: object) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("dmr", logging.ERROR, __file__, 1, message, arguments, info)
    return ScrubbingFormatter("%(levelname)s %(message)s", [SECRET]).format(record)


@pytest.mark.row("TM7")
def test_TM7_a_log_line_is_scrubbed_arguments_included() -> None:
    assert logged(None, "signed in with %s at %s", CANARY, "https://h/f?Signature=x") == (
        f"ERROR signed in with {MASK} at https://h/f?{MASK}"
    )


@pytest.mark.row("TM7")
def test_TM7_a_logged_traceback_is_scrubbed_causes_included() -> None:
    def fails() -> None:
        try:
            raise OSError(f"password={CANARY}")
        except OSError as cause:
            raise RuntimeError(f"Bearer {JWT}") from cause

    with pytest.raises(RuntimeError) as caught:
        fails()
    told = logged(caught.value, "failed")
    assert "OSError" in told
    assert "RuntimeError" in told
    assert CANARY not in told
    assert JWT not in told
