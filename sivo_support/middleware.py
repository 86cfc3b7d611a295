"""What no page of ours can mean is refused before any page sees it."""

import logging
from collections.abc import Callable

from csp.utils import build_policy
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve

from tickets.api.problems import MEDIA_TYPE, TITLES, problem_body

logger = logging.getLogger(__name__)
_Handler = Callable[[HttpRequest], HttpResponse]


def refuse_nul(get_response: _Handler) -> _Handler:
    """400 for U+0000 in an address: PostgreSQL takes it in no text, so filters would fail."""

    def handle(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            if _is_api(request):
                return _problem("invalid", "The address holds a NUL character.")
            return HttpResponseBadRequest("The address holds a NUL character.", "text/plain")
        return get_response(request)

    return handle


def refuse_flood(get_response: _Handler) -> _Handler:
    """413 for a body that no form of ours sends: it would fill the disk before anybody logs in.

    Django reads a whole form to find its token. A form that is only somewhat too large is read,
    so that its page can say which file it was and keep the text. Doors have their own limits.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        size = request.META.get("CONTENT_LENGTH") or "0"
        if _is_api(request) and size.isdecimal() and int(size) > settings.API_MAX_BYTES:
            return _problem("too-large", f"The body may have {settings.API_MAX_BYTES} bytes.")
        is_door = request.path_info.startswith("/hooks/")
        if not is_door and size.isdecimal() and int(size) > 4 * settings.ANSWER_MAX_BYTES:
            return HttpResponse(
                "This is too large. Go back, take files away, and send it again.",
                "text/plain",
                status=413,
            )
        return get_response(request)

    return handle


def straight_to_doors(get_response: _Handler) -> _Handler:
    """Calls of machines pass by what only pages need: session, language, user, form, files.

    That would be about a fifth more work per call. The answers carry the same headers.
    """
    policy = build_policy()

    def handle(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/hooks/"):
            return get_response(request)
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return get_response(request)
        request.resolver_match = match
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response

    return handle


class SayUnavailable:
    """503 instead of 500 for a page while the database is away: trouble that passes by itself."""

    def __init__(self, get_response: _Handler) -> None:
        """`get_response`: what comes after this in the chain."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Changes nothing on the way."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page that says so; the API has words of its own."""
        if not isinstance(error, OperationalError | InterfaceError) or _is_api(request):
            return None
        logger.warning("a page could not reach the database: %s", type(error).__name__)
        headers = {"Retry-After": "5", "Cache-Control": "no-store"}
        return HttpResponse(render_to_string("503.html"), status=503, headers=headers)


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def _problem(code: str, detail: str) -> HttpResponse:
    body = problem_body(code, detail)
    return JsonResponse(body, status=TITLES[code][0], content_type=MEDIA_TYPE)
