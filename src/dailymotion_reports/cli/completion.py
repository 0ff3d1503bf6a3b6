"""What a shell offers when TAB is pressed: names of the catalogue, in the way in which the user began to write them.

Every command imports this for its options, so that what a completion needs is imported when it is asked for.
"""

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from click import Context, Parameter
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from dailymotion_reports.query.catalog import Catalog


def metrics(ctx: Context, param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Metrics, one after another with commas."""
    if incomplete.startswith("@"):
        return [CompletionItem(incomplete, type="file")]
    return list(_listed({one.name: one.meaning for one in _catalog().metrics.values()}, incomplete))


def dimensions(ctx: Context, param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Dimensions, one after another with commas."""
    return list(_listed({one.name: one.meaning for one in _catalog().dimensions.values()}, incomplete))


def names(ctx: Context, param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Any one name of the catalogue."""
    known = {one.name: one.meaning for one in _catalog().facts()}
    return list(_listed(known, incomplete))


def filters(ctx: Context, param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of filters with their =, then the values, where only some are allowed."""
    catalog = _catalog()
    name, equals, value = incomplete.partition("=")
    if not equals:
        known = [one for one in catalog.filters.values() if _plain(one.name).startswith(_plain(name))]
        return [CompletionItem(f"{one.name}=", help=one.meaning) for one in known]
    found = catalog.filter_named(name)
    values = found.values if found else ()
    return [CompletionItem(f"{name}={one}") for one in values if one.startswith(value.upper())]


def products(ctx: Context, param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Products."""
    return [CompletionItem(one) for one in _begun(_catalog().products, incomplete)]


def profiles(ctx: Context, param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Accounts of the configuration, and the profiles that need none; a configuration with mistakes has none."""
    from dailymotion_reports.errors import DmrError
    from dailymotion_reports.settings import PROFILES, Folders, config_files, known_profiles

    try:
        known = known_profiles(config_files(Folders.resolve(os.environ)))
    except DmrError:
        known = PROFILES
    return [CompletionItem(one) for one in _begun(known, incomplete)]


def ready(ctx: Context, param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Ready-made questions, and the word that lists them."""
    from dailymotion_reports.query.ready import LIST, load_ready

    about = {name: one.about for name, one in load_ready().items()} | {LIST: "Show them all"}
    return [CompletionItem(name, help=about[name]) for name in _begun(about, incomplete)]


def periods(ctx: Context, param: Parameter, incomplete: str) -> list[CompletionItem]:
    """Words for periods; of A..B the second."""
    from dailymotion_reports.query.period import PERIOD_WORDS

    first, dots, last = incomplete.rpartition("..")
    return [CompletionItem(f"{first}{dots}{word}") for word in _begun(PERIOD_WORDS, last)]


def _catalog() -> "Catalog":
    from dailymotion_reports.query.catalog import load_catalog

    return load_catalog()


def _listed(known: dict[str, str], incomplete: str) -> Iterator[CompletionItem]:
    """What may stand after the last comma and does not stand before it."""
    before, comma, last = incomplete.rpartition(",")
    named = {_plain(name) for name in before.split(",")}
    for name, meaning in known.items():
        if _plain(name) not in named and _plain(name).startswith(_plain(last)):
            yield CompletionItem(f"{before}{comma}{_in_the_style_of(last, name)}", help=meaning)


def _in_the_style_of(begun: str, name: str) -> str:
    """``name`` as somebody writes who began like that: capitals or not, hyphens or underscores."""
    if any(c.isupper() for c in begun):
        return name
    return name.lower() if "_" in begun else name.lower().replace("_", "-")


def _begun(known: Iterable[str], incomplete: str) -> list[str]:
    return [one for one in known if one.lower().startswith(incomplete.lower())]


def _plain(name: str) -> str:
    return name.strip().replace("-", "").replace("_", "").lower()
