"""Where things are kept on this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Folders:
    """Four folders of this user.  ``DMR_HOME`` replaces all platform folders; none is made here."""

    data: Path
    """The archive of report files."""
    state: Path
    """What running programs leave for one another, and tokens."""
    config: Path | None = None
    """The user's configuration and the secrets that ``dmr auth login`` keeps; None where there is none."""

    @classmethod
    def resolve(cls, environ: Mapping[str, str]) -> Self:
        """The folders of this user; none is made."""
        if home := environ.get("DMR_HOME"):
            return cls(Path(home) / "data", Path(home) / "state", Path(home) / "config")
        from platformdirs import PlatformDirs

        dirs = PlatformDirs("dailymotion-reports", appauthor=False)
        return cls(dirs.user_data_path, dirs.user_state_path, dirs.user_config_path)

    @property
    def sandbox_file(self) -> Path:
        """What a running ``dmr sandbox serve`` says of itself."""
        return self.state / "sandbox.json"

    @property
    def tokens(self) -> Path:
        """Access and refresh tokens, a file an account."""
        return self.state / "tokens"

    @property
    def ledger(self) -> Path:
        """The embedded ledger of jobs."""
        return self.state / "jobs.sqlite"

    @property
    def secrets(self) -> Path:
        """Secrets that ``dmr auth login`` keeps, a file a profile."""
        return (self.config or self.state) / "secrets"

    @property
    def config_file(self) -> Path | None:
        """The user's configuration, there or not."""
        return self.config / "config.toml" if self.config else None
