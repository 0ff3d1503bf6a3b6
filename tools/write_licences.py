"""Write docs/reference/licences.md, or check it; a licence that is not allowed fails."""

import sys
from collections.abc import Iterator

from licences import ALLOWED, ALLOWED_IN_EXTRAS, APART, LicenceNotAllowed, extras, licence, locked, of_extra
from pages import REFERENCE, checking, kept, table, tidy

PAGE = REFERENCE / "licences.md"

HEAD = """\
# Licences

dailymotion-reports is under Apache-2.0. This is what is installed with it, and under which licence, as the packages
themselves say; written by `tools/write_licences.py`, which refuses any licence that is not on its list. Versions are in
`requirements/`, and in the bill of materials of a release (`make sbom`).

Allowed with the product: {allowed}.

With an extra besides: {more}, for libraries that are used unchanged and can be replaced.

## The product
"""


def page() -> Iterator[str]:
    """The parts of the page.  Raises LicenceNotAllowed."""
    more = [one for one in ALLOWED_IN_EXTRAS if one not in ALLOWED]
    yield HEAD.format(allowed=", ".join(ALLOWED), more=", ".join(more))
    yield from table(("package", "licence"), ((f"`{name}`", licence(name)) for name in locked()))
    yield f"\n## Extras\n\nBeside the above; what `{APART}` brings is Airflow's own, which is there before it is used."
    for extra in extras():
        yield f"\n### `{extra}`\n"
        yield from table(("package", "licence"), ((f"`{n}`", licence(n, ALLOWED_IN_EXTRAS)) for n in of_extra(extra)))


def main() -> int:
    """Write or check; returns the exit code."""
    try:
        text = tidy(page())
    except LicenceNotAllowed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return kept({PAGE: text}, check=checking(__doc__))


if __name__ == "__main__":
    sys.exit(main())
