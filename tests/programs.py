"""Where programs of the system are."""

import glob
import shutil


def located(command: str) -> str | None:
    """The path of a program, also of those of PostgreSQL that Debian keeps off the PATH; None where it is absent."""
    beside = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{command}"))
    return shutil.which(command) or (beside[-1] if beside else None)
