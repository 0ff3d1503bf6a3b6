"""Ask whether anything that we lock is known to be vulnerable (pip-audit), and say plainly where that cannot be asked.

Exit codes: 0 none is known; 1 some are; 2 nobody was asked, as the database cannot be reached.
``--where-possible`` makes 2 a 0, for machines without a way out; it is said all the same.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pages import ROOT

DATABASE: Final = "https://api.osv.dev/v1/query"
CLEAN, VULNERABLE, NOT_ASKED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, tell, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--where-possible", action="store_true", help="no failure where the database is out of reach")
    parser.add_argument("--database", default=DATABASE, help="the address of another one that speaks OSV")
    parser.add_argument("files", nargs="*", type=Path, help="requirements; all of the project, if none is named")
    given = parser.parse_args(arguments)
    code = told(given.database, given.files or sorted((ROOT / "requirements").glob("*.txt")))
    return CLEAN if code == NOT_ASKED and given.where_possible else code


def told(database: str, files: Sequence[Path]) -> int:
    """Ask of each file, tell what is known, and return the worst of the exit codes."""
    codes = []
    for file in files:
        answer, reason = asked(database, file)
        if answer is None:
            sys.stderr.write(f"NOT AUDITED: {database} gave no answer. {reason}\n")
            return VULNERABLE if VULNERABLE in codes else NOT_ASKED
        known = list(vulnerabilities(answer))
        sys.stderr.writelines(f"{file.name}: {line}\n" for line in known)
        codes.append(VULNERABLE if known else CLEAN)
        if not known:
            sys.stderr.write(f"{file.name}: no vulnerability is known of {len(answer['dependencies'])} packages\n")
    return max(codes)


def asked(database: str, file: Path) -> tuple[Mapping[str, Any] | None, str]:
    """pip-audit's answer, or None and why there is none."""
    with tempfile.TemporaryDirectory() as folder:
        into = Path(folder, "audit.json")
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--progress-spinner", "off"]
        command += ["-s", "osv", "--osv-url", database, "--timeout", "15", "-f", "json"]
        command += ["-r", str(file), "-o", str(into)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if into.is_file() and into.stat().st_size:
            return json.loads(into.read_text(encoding="utf-8")), ""
    last = (done.stderr.strip() or done.stdout.strip() or "pip-audit said nothing").splitlines()[-1]
    return None, last[:300]


def vulnerabilities(answer: Mapping[str, Any]) -> Iterator[str]:
    """A line for each that is known."""
    for package in answer["dependencies"]:
        for known in package.get("vulns", ()):
            mended = ", ".join(known["fix_versions"]) or "no version"
            yield f"{package['name']} {package['version']}: {known['id']}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main())
