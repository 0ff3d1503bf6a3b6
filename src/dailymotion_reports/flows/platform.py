"""Read what is behind many ids: each is asked for once, a hundred at a time, and whatever is not there is told.

A list leaves out what it does not show, without a word.  So each id that is missing is read by itself, which says why,
and shows what is shown to its owner alone.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from dailymotion_reports.errors import RateLimited, UnreadableAnswer
from dailymotion_reports.flows.session import Flow
from dailymotion_reports.wire.http import Response
from dailymotion_reports.wire.platform import (
    LISTS,
    MOST_IDS,
    Entity,
    Kind,
    Listed,
    ReadList,
    ReadOne,
    ReadRefused,
    item_of,
    refused_read,
)

Reason = Literal["not_found", "not_allowed", "not_an_id", "not_listed"]
"""Why there is nothing behind an id: the service does not know it, does not show it to us, takes it for no id, or left
it out of a list and was not asked why."""

MOST_PAGES = 20
"""Pages of a list of a hundred ids, after which it is taken to go in a circle."""

_REASONS: dict[int, Reason] = {400: "not_an_id", 403: "not_allowed", 404: "not_found", 410: "not_found"}


@dataclass(frozen=True, slots=True)
class Hole:
    """An id of which the service tells nothing; ``message`` is in its words."""

    kind: Kind
    id: str
    reason: Reason
    message: str = ""


Found = Entity | Hole


def read_entities(
    url: str, kind: Kind, ids: Collection[str], explained: Collection[str] = ()
) -> Flow[tuple[Found, ...]]:
    """What the service says of each id, in order; ``url`` is what its reads begin with.

    Of those that are ``explained`` it is known already why a list leaves them out: they are looked for in lists only.
    Raises RateLimited, ServerFault, UnreadableAnswer or another ApiError where it is not the id that is to blame.
    """
    found: dict[str, Found] = {}
    for batch in batches(dict.fromkeys(ids)):
        found |= yield from _read(url, kind, batch, explained)
    return tuple(found[id] for id in ids)


def batches(ids: Collection[str]) -> Iterator[tuple[str, ...]]:
    """The ids in groups of which each is read at once."""
    left = iter(ids)
    while batch := tuple(islice(left, MOST_IDS)):
        yield batch


def _read(url: str, kind: Kind, batch: Sequence[str], explained: Collection[str]) -> Flow[dict[str, Found]]:
    found: dict[str, Found] = {}
    listed = kind in LISTS and not (len(batch) == 1 and batch[0] not in explained)
    if listed:
        found |= yield from _listed(url, kind, batch)
    for id in batch:
        if id in found:
            continue
        known = listed and id in explained
        found[id] = Hole(kind, id, "not_listed") if known else (yield from _one(url, kind, id))
    return found


def _listed(url: str, kind: Kind, batch: Sequence[str]) -> Flow[dict[str, Found]]:
    """What lists show of these; nothing where the service takes one of them for no id."""
    shown: dict[str, Found] = {}
    for page in range(1, MOST_PAGES + 1):
        response = yield ReadList.whole(kind, batch, page).encode(url)
        if _blames_an_id(response):
            return {}
        _check(response)
        told = Listed.decode(response)
        shown |= {one.id: one for one in told.entities(kind) if one.id in batch}
        if not told.more or len(shown) == len(batch):
            return shown
    raise UnreadableAnswer(f"The pages of a list go in a circle ({MOST_PAGES} of them for {len(batch)} ids).")


def _one(url: str, kind: Kind, id: str) -> Flow[Found]:
    response = yield ReadOne.whole(kind, id).encode(url)
    if hole := _hole(kind, id, response):
        return hole
    _check(response)
    entity = Entity.of(kind, item_of(response))
    if entity.id != id:
        raise UnreadableAnswer(f"The service was asked for the {kind} {id!r:.40} and told of another one.")
    return entity


def _hole(kind: Kind, id: str, response: Response) -> Hole | None:
    """Why there is nothing behind an id, where it is the id that is to blame."""
    told = ReadRefused.decode(response)
    if told is None or response.status not in _REASONS or isinstance(refused_read(response), RateLimited):
        return None
    if response.status == 400 and not told.is_about_ids:
        return None
    return Hole(kind, id, _REASONS[response.status], told.message)


def _blames_an_id(response: Response) -> bool:
    told = ReadRefused.decode(response)
    return told is not None and told.is_about_ids


def _check(response: Response) -> None:
    """Raise the error of an answer that is not a 200."""
    if error := refused_read(response):
        raise error
