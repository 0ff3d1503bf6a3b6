"""Write project/dmr.schema.json from the keys of dmr.toml and the catalogue, or check that it is up to date."""

import json
import sys

from dailymotion_reports.project.json_schema import schema
from dailymotion_reports.query.catalog import load_catalog
from pages import ROOT, checking, kept

FILE = ROOT / "src" / "dailymotion_reports" / "project" / "dmr.schema.json"


def main() -> int:
    """Write or check; returns the exit code."""
    text = json.dumps(schema(load_catalog()), indent=1, ensure_ascii=False) + "\n"
    return kept({FILE: text}, check=checking(__doc__))


if __name__ == "__main__":
    sys.exit(main())
