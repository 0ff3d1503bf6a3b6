"""``dmr catalog``: which names there are, what goes with what, and whether the service still agrees."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import click

from dailymotion_reports.cli import completion, options
from dailymotion_reports.cli.columns import terminal_width
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.errors import InvalidQuery, UsageError
from dailymotion_reports.query.catalog import Catalog, Dimension, Fact, Metric, load_catalog, nearest

_LISTING = frozenset({"list", "ls", "all", "show"})
"""Words that people try for what the command does without any."""

LONGEST_NAME = 60
"""Characters of an unknown name that a message repeats."""


class _Commands(click.Group):
    """The commands below ``dmr catalog``; a name of the catalogue in place of one is answered with what to type."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant.  Raises UsageError with the nearest for any other word."""
        word = args[0]
        if word not in self.commands:
            meant = "" if word in _LISTING else nearest(word, self.commands) or _explaining(word)
            hint = f"Did you mean: dmr catalog {meant}".rstrip() if meant or word in _LISTING else ""
            raise UsageError(f"There is no command {_short(word)}.", hint=hint, next="dmr catalog --help")
        return super().resolve_command(ctx, args)


def _explaining(word: str) -> str:
    """The command that explains a name which was given where a command belongs, or nothing."""
    known = load_catalog()
    found = known.named(word)
    name = found.name if found else nearest(word, [*known.groups, *(fact.name for fact in known.facts())])
    return f"explain {name}" if name else ""


@click.group(cls=_Commands, invoke_without_command=True)
@click.option("--metrics", "kinds", flag_value="metrics", multiple=True, help="Only metrics.")
@click.option("--dimensions", "kinds", flag_value="dimensions", multiple=True, help="Only dimensions.")
@click.option("--filters", "kinds", flag_value="filters", multiple=True, help="Only filters.")
@click.option("--products", "kinds", flag_value="products", multiple=True, help="Only products.")
@options.once("--group", metavar="NAME", help="Only metrics of this group, and the dimensions that go with it.")
@options.as_json
@click.pass_context
def catalog(ctx: click.Context, kinds: tuple[str, ...], group: str | None, as_json: bool) -> None:
    """List what may be asked for, or explain one name of it. Nothing is sent, except by refresh.

    Names are accepted in any case and with hyphens.

    \b
    Example:
      dmr catalog --group revenue
      dmr catalog explain fill-rate
    """
    if ctx.invoked_subcommand is not None:
        if kinds or group or as_json:
            raise UsageError(f"Options go after {ctx.invoked_subcommand}, or belong to the list alone.")
        return
    if group and set(kinds) & {"filters", "products"}:
        raise UsageError("Filters and products have no group.", hint="--group goes with --metrics and --dimensions.")
    known = load_catalog()
    facts = tuple(_listed(known, kinds, _group(known, group) if group else None))
    if as_json:
        print_object({"ok": True, "as_of": known.as_of, "facts": _told(facts)})
        return
    if not facts:
        click.echo(f"No public document says which dimensions go with {group}.", err=True)
        return
    from dailymotion_reports.cli.catalog_text import RULE_LEGEND, listing

    _print(listing(known, facts, terminal_width()))
    told = RULE_LEGEND if any(isinstance(fact, Metric) for fact in facts) else RULE_LEGEND[-1:]
    click.echo("\n" + "\n".join(told), err=True)


@catalog.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=completion.names)
@options.as_json
def explain(names: tuple[str, ...], as_json: bool) -> None:
    """Tell all about some names, and who says so.

    A name is a metric, a group of metrics, a dimension, filter, product, limit, scope, status or input field, in any
    case and with hyphens.
    """
    from dailymotion_reports.query.explain import explained, explained_group

    known = load_catalog()
    found = _named(known, names)
    told = [explained_group(known, one) if isinstance(one, str) else explained(known, one) for one in found]
    if as_json:
        print_object({"ok": True, "facts": told})
        return
    from dailymotion_reports.cli.explanation import explanation

    for number, one in enumerate(told):
        _print([""] if number else [])
        _print(explanation(one, terminal_width()))


@catalog.command()
@options.many("--group", "groups", metavar="NAME", help="Only this group of metrics; repeatable.")
@options.many("--dimension", "dimensions", metavar="NAME", help="Only this dimension; repeatable.")
@options.as_json
def matrix(groups: tuple[str, ...], dimensions: tuple[str, ...], as_json: bool) -> None:
    """Show which dimensions go with which groups of metrics."""
    known = load_catalog()
    wrong: list[InvalidQuery] = []
    columns = _each(_group, known, groups, wrong) or list(known.groups)
    rows = _each(_dimension, known, dimensions, wrong) or list(known.dimensions)
    if wrong:
        hints = " ".join(dict.fromkeys(error.hint for error in wrong if error.hint))
        raise InvalidQuery(*(error.message for error in wrong), hint=hints, next=wrong[0].next)
    if as_json:
        fits = {row: {column: known.group_fit(column, row) for column in columns} for row in rows}
        print_object({"ok": True, "groups": columns, "dimensions": fits})
        return
    from dailymotion_reports.cli.catalog_text import matrix as text

    _print(text(known, columns, rows, terminal_width()))


@catalog.command()
@click.argument("text", nargs=-1, required=True)
@options.as_json
def search(text: tuple[str, ...], as_json: bool) -> None:
    """Find names by what they are called or mean. Several words must all be met."""
    if not " ".join(text).strip():
        raise UsageError("Nothing was named to look for.", hint="For example: dmr catalog search earnings")
    found = load_catalog().search(" ".join(text))
    if as_json:
        print_object({"ok": True, "facts": _told(found)})
        return
    if not found:
        click.echo("Nothing of the catalogue has to do with that; dmr catalog lists it all.", err=True)
        return
    from dailymotion_reports.cli.catalog_text import found as lines

    _print(lines(found, terminal_width()))


@catalog.command()
@options.profile
@click.option("--check", is_flag=True, help="Exit with code 7 where anything differs.")
@options.as_json
@options.debug
@click.pass_context
def refresh(ctx: click.Context, profile: str | None, check: bool, as_json: bool, debug: bool) -> None:
    """Compare the catalogue with the service.

    The service is asked for its own schema, and for no report. Exits with 0 also where something differs, unless
    --check is given.
    """
    from dailymotion_reports.cli.catalog_refresh import refreshed

    code = refreshed(profile, as_json=as_json, check=check, debug=debug)
    ctx.exit(code)


def _listed(known: Catalog, kinds: Sequence[str], group: str | None) -> Iterator[Fact]:
    """The facts of these kinds; where a group is named, its metrics and what goes with them."""
    wanted = kinds or (("metrics", "dimensions") if group else ("metrics", "dimensions", "filters", "products"))
    for kind, some in (
        ("metrics", known.metrics),
        ("dimensions", known.dimensions),
        ("filters", known.filters),
        ("products", known.product_facts),
    ):
        if kind in wanted:
            yield from (fact for fact in some.values() if _in_group(known, fact, group))


def _in_group(known: Catalog, fact: Fact, group: str | None) -> bool:
    match fact:
        case Metric():
            return group in (None, fact.group)
        case Dimension():
            return group is None or known.group_fit(group, fact.name) in ("allowed", "seen", "likely")
        case _:
            return True


def _named(known: Catalog, names: Sequence[str]) -> list[Fact | str]:
    """The facts of these names, and groups by their names, each once.  Raises InvalidQuery with all unknown ones."""
    every = [*(fact.name for fact in known.facts()), *known.groups]
    names = _parts(names)
    found = {name: _called(known, name) for name in names}
    problems = [_unknown("name", name, every) for name, some in found.items() if not some]
    if problems or not names:
        raise InvalidQuery(*problems or ["No name was given."], next="dmr catalog")
    return list(dict.fromkeys(one for some in found.values() for one in some))


def _called(known: Catalog, name: str) -> tuple[Fact | str, ...]:
    return known.all_named(name) or tuple(group for group in known.groups if group == _plain(name))


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")


def _parts(names: Sequence[str]) -> list[str]:
    """Names that may have been given one by one, or with commas."""
    return [part.strip() for name in names for part in name.split(",") if part.strip()]


def _each(
    read: Callable[[Catalog, str], str], known: Catalog, names: Sequence[str], wrong: list[InvalidQuery]
) -> list[str]:
    """What each of the names is, once; ``wrong`` is told of those that are nothing."""
    found: list[str] = []
    for name in _parts(names):
        try:
            found.append(read(known, name))
        except InvalidQuery as error:
            wrong.append(error)
    return list(dict.fromkeys(found))


def _group(known: Catalog, name: str) -> str:
    """The group of that name, in any case and with hyphens.  Raises InvalidQuery."""
    plain = _plain(name)
    if plain not in known.groups:
        raise InvalidQuery(
            _unknown("group", name, known.groups), hint=f"There is {', '.join(known.groups)}.", next="dmr catalog"
        )
    return plain


def _dimension(known: Catalog, name: str) -> str:
    found = [fact.name for fact in known.all_named(name.upper()) if isinstance(fact, Dimension)]
    if not found:
        raise InvalidQuery(_unknown("dimension", name, known.dimensions), next="dmr catalog --dimensions")
    return found[0]


def _unknown(kind: str, name: str, known: Collection[str]) -> str:
    meant = nearest(name, known)
    return f"The catalogue has no {kind} {_short(name)}." + (f" Did you mean {meant}?" if meant else "")


def _short(name: str) -> str:
    return repr(name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "…")


def _told(facts: Sequence[Fact]) -> list[dict[str, object]]:
    from dailymotion_reports.query.explain import told

    return [told(fact) for fact in facts]


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
