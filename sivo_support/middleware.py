"""What no page of ours can mean is refused before any page sees it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

_Handler = Callable[[HttpRequest], HttpResponse]


def refuse_nul(get_response: _Handler) -> _Handler:
    """400 for U+0000 in an address: PostgreSQL takes it in no text, so filters would fail."""

    def handle(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest("The address holds a NUL character.", "text/plain")
        return get_response(request)

    return handle
