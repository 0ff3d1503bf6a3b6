"""Write project/dmr.schema.json from the keys of dmr.toml and the catalogue, or check that it is up to date."""

import argparse
import json
import sys
from pathlib import Path

from dailymotion_reports.project.json_schema import schema
from dailymotion_reports.query.catalog import load_catalog

FILE = Path(__file__).parents[1] / "src" / "dailymotion_reports" / "project" / "dmr.schema.json"


def main() -> int:
    """Write or check; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    text = json.dumps(schema(load_catalog()), indent=1, ensure_ascii=False) + "\n"
    if not parser.parse_args().check:
        FILE.write_text(text, encoding="utf-8")
        return 0
    if FILE.is_file() and FILE.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{FILE.name} is not what would be written; run this without --check.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
