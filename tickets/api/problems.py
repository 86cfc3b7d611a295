"""Every error as a problem of RFC 9457: what went wrong, in words that stay the same."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.http.request import UnreadablePostError
from django.utils.translation import gettext
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import set_rollback

from tickets.domain.guards import ChangeRefused
from tickets.operations.api import calls as api_calls
from tickets.operations.desk import actions as desk
from tickets.operations.desk import create_ticket
from tickets.operations.outgoing import answer
from tickets.operations.severity import change as severity_operations
from tickets.operations.severity import correct_severity
from tickets.operations.ticket import notes

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPES = "tag:sivocenter.com,2026:problem/"
TITLES: Mapping[str, tuple[int, str]] = {
    "malformed": (400, "The body is not what its media type says"),
    "invalid": (400, "A field or a parameter is not valid"),
    "no-answer": (422, "There is no deadline for this"),
    "not-authenticated": (401, "Log in or send a key"),
    "forbidden": (403, "You may not do this"),
    "not-found": (404, "There is no such thing, or it is not for you"),
    "method-not-allowed": (405, "This address has no such method"),
    "not-acceptable": (406, "Only JSON is spoken here"),
    "in-progress": (409, "The same call is being done at this moment"),
    "refused": (409, "The ticket's state does not allow this"),
    "written-meanwhile": (409, "A message came meanwhile"),
    "length-required": (411, "The length of the body must be said"),
    "too-large": (413, "The body is too large"),
    "unsupported-media-type": (415, "Only JSON is read here"),
    "which-ticket": (422, "It is not said, or said twice, which ticket is meant"),
    "no-such-customer": (422, "There is no such customer, or it is not for you"),
    "key-reused": (422, "Another call was made with this Idempotency-Key"),
    "too-many-requests": (429, "Too many calls"),
    "internal": (500, "Something went wrong here"),
    "unavailable": (503, "The database cannot be reached"),
}
TYPE_URIS = [TYPES + code for code in TITLES]
_CODES: Mapping[type[Exception], str] = {
    exceptions.ParseError: "malformed",
    exceptions.ValidationError: "invalid",
    exceptions.NotAuthenticated: "not-authenticated",
    exceptions.AuthenticationFailed: "not-authenticated",
    exceptions.PermissionDenied: "forbidden",
    PermissionDenied: "forbidden",
    exceptions.NotFound: "not-found",
    Http404: "not-found",
    exceptions.MethodNotAllowed: "method-not-allowed",
    exceptions.NotAcceptable: "not-acceptable",
    exceptions.UnsupportedMediaType: "unsupported-media-type",
    exceptions.Throttled: "too-many-requests",
    UnreadablePostError: "malformed",
    api_calls.CallInProgress: "in-progress",
    api_calls.KeyReused: "key-reused",
    answer.WrittenMeanwhile: "written-meanwhile",
    answer.CannotAnswerHere: "refused",
    answer.TooLong: "invalid",
    notes.EmptyText: "invalid",
    severity_operations.ReasonNeeded: "refused",
    correct_severity.NotWorse: "refused",
    create_ticket.NotOpened: "refused",
    desk.NotPossible: "refused",
    ChangeRefused: "refused",
    OperationalError: "unavailable",
    InterfaceError: "unavailable",
}
# Their own words are for us, or quote what nobody should see.
_SILENT = frozenset({"internal", "unavailable", "not-found"})
_RETRY_SECONDS = {"in-progress": "1", "unavailable": "5"}


class Problem(exceptions.APIException):
    """An error with one of the codes above, raised by the API itself."""

    def __init__(self, code: str, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.problem, self.more = code, more
        self.status_code = TITLES[code][0]


def as_problem(error: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to whatever went wrong in a view."""
    set_rollback()
    code = error.problem if isinstance(error, Problem) else _code(error)
    if code in {"internal", "unavailable"}:
        logger.error("a call of the API failed", exc_info=error)
    body: dict[str, object] = problem_body(code, _detail(error, code))
    if isinstance(error, Problem):
        body |= error.more
    if isinstance(error, exceptions.ValidationError):
        body["errors"] = list(_fields(as_serializer_error(error), ""))
    headers = {}
    if isinstance(error, exceptions.APIException):
        if getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
        if getattr(error, "wait", None):
            headers["Retry-After"] = str(int(error.wait))  # type: ignore[attr-defined]
    if code in _RETRY_SECONDS:
        headers["Retry-After"] = _RETRY_SECONDS[code]
    return Response(
        body,
        # One that cannot log in this way is told so as 403 by the framework.
        status=error.status_code if isinstance(error, exceptions.APIException) else TITLES[code][0],
        headers=headers,
        content_type=MEDIA_TYPE,
    )


def problem_body(code: str, detail: str) -> dict[str, object]:
    """The members that every problem has."""
    status_code, title = TITLES[code]
    return {"type": TYPES + code, "title": title, "status": status_code, "detail": detail}


def _code(error: Exception) -> str:
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), "internal")


def _detail(error: Exception, code: str) -> str:
    title = TITLES[code][1]
    if code in _SILENT:
        return title
    if isinstance(error, exceptions.ValidationError):
        return "See `errors` for each of them."
    if isinstance(error, exceptions.APIException):
        return str(error.detail)
    text = str(error)
    return gettext(text) if text else title


def _fields(found: object, pointer: str) -> Sequence[dict[str, str]]:
    """Each field error with its JSON pointer, however deep it lies."""
    if isinstance(found, Mapping):
        return [
            each
            for name, inner in found.items()
            for each in _fields(
                inner, pointer if name == "non_field_errors" else f"{pointer}/{_escaped(name)}"
            )
        ]
    if isinstance(found, list):
        return [each for inner in found for each in _fields(inner, pointer)]
    code = getattr(found, "code", "invalid")
    return [{"field": pointer, "code": str(code), "detail": str(found)}]


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
