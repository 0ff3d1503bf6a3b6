"""Yours: mend it before anything is sent."""

from dailymotion_reports.errors.base import DmrError


class UsageError(DmrError, ValueError):
    """The request cannot be carried out as it was written."""

    code = "usage"


class InvalidQuery(UsageError):
    """The question is not one that the API accepts."""

    code = "usage.invalid_query"
    default_next = "dmr plan --help"

    def __init__(self, *problems: str, hint: str = "", next: str = "") -> None:
        self.problems: tuple[str, ...] = problems
        """One sentence for each thing that is wrong, in the order of the question."""
        super().__init__("\n".join(problems), hint=hint, next=next)


class UnverifiedQuery(InvalidQuery):
    """No public document confirms that the API takes this question."""

    code = "usage.unverified"
    default_hint = (
        "Nothing was sent. With --unverified (unverified=True in Python) it is sent all the same; "
        "the service may refuse it."
    )


class InvalidSql(UsageError):
    """The SQL cannot be carried out."""

    code = "usage.sql"


class InvalidSettings(UsageError):
    """A setting is missing or cannot be used."""

    code = "settings.invalid"
    default_next = "dmr doctor --offline"

    def __init__(self, *problems: str, where: str = "", hint: str = "", next: str = "") -> None:
        super().__init__("\n".join(problems), hint=hint, next=next)
        self.problems: tuple[str, ...] = problems or (self.message,)
        """One sentence for each setting that is wrong."""
        self.where = where
        """The flag, variable or file that holds the setting, or the first of them."""


class SecretsUnusable(InvalidSettings):
    """Secrets that are kept on this machine cannot be read, trusted or written."""

    code = "settings.secrets"
    default_next = "dmr doctor"


class MissingExtra(UsageError, ImportError):
    """An optional part of the package is not installed."""

    code = "usage.missing_extra"

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs the optional part '{extra}', which is not installed.",
            hint=f"Install it with: pip install 'dailymotion-reports[{extra}]'",
        )
        self.extra = extra
        """Name of the extra to install."""
