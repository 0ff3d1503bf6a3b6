"""How many rows a file has, however its bytes come in."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from dailymotion_reports.flows.content import Content

WANTED = {"title": (), "views": ()}
CELLS = st.text(st.sampled_from('ab",\n é'), max_size=5)


@given(st.lists(st.tuples(CELLS, st.integers(0, 99)), max_size=8), st.integers(1, 9), st.booleans())
def test_rows_are_counted_as_the_csv_module_counts_them(rows: list[tuple[str, int]], step: int, ended: bool) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([("title", "views"), *rows])
    data = out.getvalue().encode().removesuffix(b"" if ended else b"\n")
    content = Content(WANTED)
    for at in range(0, len(data), step):
        content.take(data[at : at + step])
    assert content.header().names == ("title", "views")
    assert content.rows == len(rows)
