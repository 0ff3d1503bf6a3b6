"""Write the bill of materials of a release, in CycloneDX, from the lock of the product.

cyclonedx-py lists the lock with its hashes; beside that stand our version, licences, and who needs whom. The same
sources give the same bytes; with SOURCE_DATE_EPOCH it bears that moment.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from packaging.utils import canonicalize_name

from dailymotion_reports import __version__
from licences import US, licence, needs
from pages import ROOT

OURS: Final = f"pkg:pypi/{US}@{__version__}"


def main() -> int:
    """Write, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "dist" / f"{US}-{__version__}.cdx.json")
    into = parser.parse_args().into
    text = json.dumps(completed(listed()), indent=2, sort_keys=True) + "\n"
    into.parent.mkdir(parents=True, exist_ok=True)
    into.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{into}\n")
    return 0


def listed() -> dict[str, Any]:
    """What cyclonedx-py makes of the lock."""
    command = [
        sys.executable,
        "-m",
        "cyclonedx_py",
        "requirements",
        "--no-validate",
        "--output-reproducible",
        "--mc-type",
        "library",
    ]
    command += [
        "--mc-type",
        "library",
        "--pyproject",
        str(ROOT / "pyproject.toml"),
        str(ROOT / "requirements" / "base.txt"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


def completed(bill: dict[str, Any]) -> dict[str, Any]:
    """The bill with our version, licences, and who needs whom."""
    refs = {canonicalize_name(one["name"]): one["purl"] for one in bill["components"]}
    for one in bill["components"]:
        one["bom-ref"] = one["purl"]
        one["description"] = f"locked in requirements/base.txt, {len(one['externalReferences'][0]['hashes'])} files"
        one["licenses"] = [spelled(licence(canonicalize_name(one["name"])))]
    root = bill["metadata"]["component"]
    root |= {"bom-ref": OURS, "purl": OURS, "version": __version__}
    bill["dependencies"] = [{"ref": OURS, "dependsOn": sorted(wanted(US, refs))}]
    bill["dependencies"] += [{"ref": refs[name], "dependsOn": sorted(wanted(name, refs))} for name in sorted(refs)]
    return bill


def spelled(found: str) -> dict[str, Any]:
    """A licence as CycloneDX has it; BSD is one of two that the package does not tell apart."""
    return {"license": {"name": found}} if found == "BSD" else {"expression": found}


def wanted(name: str, refs: dict[Any, str]) -> Iterator[str]:
    """The references of what a package needs, as far as it is locked."""
    yield from {refs[known] for one in needs(name) if (known := canonicalize_name(one.name)) in refs}


if __name__ == "__main__":
    sys.exit(main())
