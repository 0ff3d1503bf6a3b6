"""Ask the service for its own names, so that they can be compared with the catalogue."""

from dailymotion_reports.errors import ApiError, NotAllowed, QueryRefused, UnreadableAnswer
from dailymotion_reports.flows.session import Flow
from dailymotion_reports.query.drift import ServiceNames
from dailymotion_reports.wire.faults import refused_call, refused_query
from dailymotion_reports.wire.graphql import GraphQLAnswer
from dailymotion_reports.wire.introspection import names_in, names_question

HINT = (
    "Nothing is wrong with your reports: the catalogue that ships goes on being used, and names that it lacks can be "
    "sent with --unverified."
)


def read_names(url: str) -> Flow[ServiceNames]:
    """The names in the schema of the GraphQL endpoint ``url``, as far as it shows them.

    Raises NotAllowed in the server's words where it does not show its schema, UnreadableAnswer where the schema it
    shows has nothing of reports in it, or another ApiError as for every call.
    """
    response = yield names_question().encode(url)
    refusal = refused_call(response)
    if isinstance(refusal, QueryRefused | NotAllowed):
        raise _hidden(refusal)
    if refusal is not None:
        raise refusal
    answer = GraphQLAnswer.decode(response)
    names = names_in(answer)
    if not names.empty:
        return names
    if answer.errors:
        raise _hidden(refused_query(answer.errors))
    raise UnreadableAnswer("The schema that the service shows has nothing of reports in it.", hint=HINT)


def _hidden(refusal: ApiError) -> NotAllowed:
    words = "; ".join(refusal.messages) if isinstance(refusal, QueryRefused) else refusal.message
    return NotAllowed(f"The service does not show its schema: {words}", status=refusal.status, hint=HINT)
