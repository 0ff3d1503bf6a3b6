"""``dmr catalog``: which names there are, what goes with what, and whether the service still agrees."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import click

from dailymotion_reports.cli import completion, options
from dailymotion_reports.cli.columns import terminal_width
from dailymotion_reports.cli.objects import print_object
from dailymotion_reports.errors import InvalidQuery, UsageError
from dailymotion_reports.query.catalog import Catalog, Dimension, Fact, Metric, load_catalog, nearest

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
            meant = nearest(word, self.commands) or _explaining(word)
            hint = f"Did you mean: dmr catalog {meant}" if meant else ""
            raise UsageError(f"There is no command {_short(word)}.", hint=hint, next="dmr catalog --help")
        return super().resolve_command(ctx, args)


def _explaining(word: str) -> str:
    """The command that explains a name which was given where a command belongs, or nothing."""
    known = load_catalog()
    found = known.named(word)
    name = found.name if found else nearest(word, [fact.name for fact in known.facts()])
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
    known = load_catalog()
    facts = tuple(_listed(known, kinds, _group(known, group) if group else None))
    if as_json:
        print_object({"ok": True, "as_of": known.as_of, "facts": _told(facts)})
        return
    from dailymotion_reports.cli.catalog_text import RULE_LEGEND, listing

    _print(listing(known, facts, terminal_width()))
    click.echo("\n" + "\n".join(RULE_LEGEND), err=True)


@catalog.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True, shell_complete=completion.names)
@options.as_json
def explain(names: tuple[str, ...], as_json: bool) -> None:
    """Tell all about some names, and who says so.

    A name is a metric, dimension, filter, product, limit, scope, status or input field, in any case and with hyphens.
    """
    from dailymotion_reports.query.explain import explained

    known = load_catalog()
    told = [explained(known, fact) for fact in _named(known, names)]
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
    columns = list(dict.fromkeys(_group(known, name) for name in _parts(groups))) or list(known.groups)
    rows = list(dict.fromkeys(_dimension(known, name) for name in _parts(dimensions))) or list(known.dimensions)
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
            return group is None or known.group_fit(group, fact.name) in ("allowed", "likely")
        case _:
            return True


def _named(known: Catalog, names: Sequence[str]) -> list[Fact]:
    """The facts of these names, each once.  Raises InvalidQuery with every name that is not known."""
    every = [fact.name for fact in known.facts()]
    names = _parts(names)
    problems = [_unknown("name", name, every) for name in dict.fromkeys(names) if not known.all_named(name)]
    if problems or not names:
        raise InvalidQuery(*problems or ["No name was given."], next="dmr catalog")
    return list(dict.fromkeys(fact for name in names for fact in known.all_named(name)))


def _parts(names: Sequence[str]) -> list[str]:
    """Names that may have been given one by one, or with commas."""
    return [part.strip() for name in names for part in name.split(",") if part.strip()]


def _group(known: Catalog, name: str) -> str:
    """The group of that name, in any case and with hyphens.  Raises InvalidQuery."""
    plain = name.lower().replace("-", "_")
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
