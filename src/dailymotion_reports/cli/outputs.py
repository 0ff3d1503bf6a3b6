"""Where the rows of ``dmr report`` go: what was asked for, checked before the report is, and then carried out."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from io import BufferedWriter
from pathlib import Path
from typing import Any, cast

import click

from dailymotion_reports.cli.columns import as_typed
from dailymotion_reports.cli.terminal import Harmless
from dailymotion_reports.errors import DmrError, LoadError, UsageError
from dailymotion_reports.workspace import LoadReceipt, Report, Rows
from dailymotion_reports.workspace.outputs import (
    BINARY,
    FORMATS,
    check_destination,
    check_format,
    check_output,
    check_raw_folder,
    format_named,
    whole_path,
)

TO_STDOUT = "-"
TABLE = "table"
"""The format for eyes; it goes to stdout only."""

FORMS = (*FORMATS, TABLE)


@dataclass(frozen=True, slots=True)
class Output:
    """One place for the rows: a path or ``-``, and the format there."""

    target: str
    form: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything that is to be done with an answer."""

    outputs: tuple[Output, ...]
    raw: str | None = None
    into: str | None = None

    @classmethod
    def of(cls, outputs: Sequence[str], form: str | None, raw: str | None, into: str | None) -> "Wanted":
        """What the options mean, whether or not it can be done; see `errors`."""
        return cls(tuple(_chosen(outputs or ([TO_STDOUT] if form else []), form)), raw, into)

    @property
    def ahead(self) -> str | Path | None:
        """What can be begun while rows come: the load, or else a Parquet file."""
        files = [output.target for output in self.outputs if output.form == "parquet" and output.target != TO_STDOUT]
        return self.into or (Path(files[0]) if files else None)

    def errors(self, as_json: bool = False) -> tuple[DmrError, ...]:
        """Why not all of it can be done, found before a report is asked for, not two hours later.

        They are UsageError, LoadError or MissingExtra, each once.
        """
        found = {str(error): error for error in self._errors(as_json)}
        return tuple(found.values())

    def _errors(self, as_json: bool) -> Iterator[DmrError]:
        if as_json and any(output.target == TO_STDOUT for output in self.outputs):
            yield UsageError("With -o - or --format and no -o FILE the data has stdout, so --json cannot be there too.")
        checks: list[Callable[[], object]] = [partial(_check, output) for output in self.outputs]
        checks += [partial(_check_apart, self.outputs, self.raw, self.into)]
        checks += [partial(check_raw_folder, Path(self.raw))] if self.raw else []
        checks += [partial(check_destination, self.into)] if self.into else []
        for check in checks:
            try:
                check()
            except (UsageError, LoadError) as error:
                yield error

    def deliver(self, answer: Report) -> dict[str, Any]:
        """Write everything, stdout last; returns what was done, as JSON values."""
        done: dict[str, Any] = {}
        if self.raw:
            done["raw"] = [str(path) for path in answer.to_raw(self.raw)]
        if self.into:
            done["into"] = receipt_object(answer.load(self.into))
        return done | self.write(answer)

    def write(self, answer: Rows) -> dict[str, Any]:
        """Write the outputs alone, as `deliver` does."""
        for output in sorted(self.outputs, key=lambda output: output.target == TO_STDOUT):
            _write(answer, output)
        targets = [output.target for output in self.outputs]
        return {"output": targets[0], "outputs": targets} if targets else {}


def say(done: dict[str, Any]) -> None:
    """What was written where.  Talk goes to stderr: with -o - the data has stdout."""
    for target in done.get("outputs", ()):
        if target != TO_STDOUT:
            click.echo(f"Wrote {as_typed(target)}", err=True)
    for path in done.get("raw", ()):
        click.echo(f"Wrote {as_typed(path)}", err=True)
    if "raw" in done and not done["raw"]:
        click.echo("The report has no files: it is empty.", err=True)
    if into := done.get("into"):
        say_loaded(into)


def say_loaded(into: dict[str, Any]) -> None:
    """What was loaded, and what became of days and figures that were there; see `receipt_object`."""
    table, place = as_typed(into["table"]), as_typed(into["destination"])
    rows = f"{into['rows']:,} row{'' if into['rows'] == 1 else 's'}"
    click.echo(f"Loaded {rows} into table {table} of {place}", err=True)
    if kept := into["kept_days"]:
        click.echo(f"A newer answer was there for {kept} day{'' if kept == 1 else 's'}, which it keeps.", err=True)
    if restated := into["restated"]:
        click.echo(f"{restated} figure{'' if restated == 1 else 's'} of days that were there changed.", err=True)


def _chosen(targets: Sequence[str], form: str | None) -> list[Output]:
    """``--format`` is for stdout and for files whose name names no format; a lone FILE it rules whatever its name."""
    alone = len(targets) == 1
    return [Output(target, _form(target, form, alone)) for target in targets]


def _form(target: str, form: str | None, alone: bool) -> str:
    if target == TO_STDOUT:
        return form or "csv"
    by_name = format_named(Path(target))
    return (form or by_name or "") if alone else (by_name or form or "")


def _check_apart(outputs: Sequence[Output], raw: str | None, into: str | None) -> None:
    """No two outputs share a place, and none lies among the vendor's files."""
    loaded = whole_path(Path(into.partition(":")[2].partition("?")[0])) if into else None
    places = [whole_path(Path(o.target)) if o.target != TO_STDOUT else Path(TO_STDOUT) for o in outputs]
    for number, (output, place) in enumerate(zip(outputs, places, strict=True)):
        if place in places[:number]:
            raise UsageError(f"-o {output.target} is given twice.", hint="Each output needs a place of its own.")
        if place == loaded:
            raise UsageError(f"{output.target} is what --into loads.", hint="Each output needs a place of its own.")
        if raw and whole_path(Path(raw)) in (place, place.parent):
            hint = "Name another folder for one of them."
            raise UsageError(f"{output.target} lies in the folder of --raw.", hint=hint)


def _check(output: Output) -> None:
    if output.form and output.form not in FORMS:
        raise UsageError(f"There is no format {output.form!r}.", hint=f"There are {', '.join(FORMS)}.")
    if output.target != TO_STDOUT:
        if output.form == TABLE:
            raise UsageError("A table is for eyes and goes to stdout only.", hint="Choose another format for a FILE.")
        check_output(Path(output.target), cast(Any, output.form or None))
    elif output.form in BINARY:
        check_format(output.form)
        if sys.stdout.isatty():
            raise UsageError(f"{output.form} is no text for a terminal.", hint=f"Write it with -o FILE.{output.form}")


def receipt_object(receipt: LoadReceipt) -> dict[str, Any]:
    """A receipt as JSON values."""
    return {
        "destination": receipt.destination,
        "table": receipt.table,
        "rows": receipt.rows,
        "loaded_at": receipt.loaded_at.isoformat(),
        "kept_days": receipt.kept,
        "restated": receipt.changed,
    }


def _write(answer: Rows, output: Output) -> None:
    form: Any = output.form
    if output.target != TO_STDOUT:
        answer.write(output.target, form)
    elif form == TABLE:
        from dailymotion_reports.cli.render import print_report

        print_report(answer)
    elif output.form not in BINARY and sys.stdout.isatty():
        with BufferedWriter(Harmless(sys.stdout)) as shown:
            answer.write_to(shown, form)
    else:
        answer.write_to(sys.stdout.buffer, form)
