"""How refusals are worded, and with which status: nobody says, so that there are several ways, each a switch."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import GraphQLError

from dailymotion_reports.sandbox.rules import Refusal

_VAGUE: Final = "The request could not be processed."
_FRENCH: Final[Mapping[str, str]] = {
    "too_many_reports": "Vous avez atteint le nombre maximal de rapports en cours de génération.",
    "invalid_combination": "Cette métrique n'est pas compatible avec cette dimension.",
    "access_denied": "Vous n'êtes pas autorisé à créer des rapports.",
}
_OTHERWISE: Final = "La requête n'est pas valide."
_STATUS: Final[Mapping[str, int]] = {
    "too_many_reports": 429,
    "access_denied": 403,
    "not_found": 404,
    "invalid_combination": 400,
    "invalid_input": 400,
}


def entry(error: GraphQLError, words: str) -> dict[str, Any]:
    """One error as it stands in an answer; refusals of the service in the way that the switch names."""
    told: dict[str, Any] = dict(error.formatted)
    refusal = error.original_error
    if not isinstance(refusal, Refusal):
        return told
    match words:
        case "typed":
            return {**told, "type": refusal.type}
        case "coded":
            return {**told, "extensions": {"code": refusal.type.upper()}}
        case "vague":
            return {**told, "message": _VAGUE}
        case "translated":
            return {**told, "message": _FRENCH.get(refusal.type, _OTHERWISE)}
        case _:
            return told


def status(errors: list[GraphQLError], way: str) -> int:
    """The HTTP status of an answer with these errors: 200, or where the switch says so that of its first refusal."""
    kinds = [error.original_error.type for error in errors if isinstance(error.original_error, Refusal)]
    return next((_STATUS[kind] for kind in kinds if way == "4xx" and kind in _STATUS), 200)
