"""The raw body of a call: read once, never further than its limit."""

from django.http import HttpRequest


def is_unreadable(request: HttpRequest) -> bool:
    """True for a body in chunks that the server cannot read."""
    # Nothing would be read of such a body, and its signature would seem wrong.
    told = request.META
    return (
        "HTTP_TRANSFER_ENCODING" in told
        and "CONTENT_LENGTH" not in told
        and not told.get("wsgi.input_terminated")
    )


def read_body(request: HttpRequest, limit: int) -> bytes | None:
    """The raw body, or None when it is larger than the limit. Raises OSError when it breaks off."""
    length = request.META.get("CONTENT_LENGTH")
    try:
        if int(length or 0) > limit:
            return None
    except ValueError:
        return None
    # Django reads as far as Content-Length says: nothing of a body that comes in chunks.
    chunked = not length and request.META.get("wsgi.input_terminated")
    stream = request.META["wsgi.input"] if chunked else request
    body: bytes = stream.read(limit + 1)
    return body if len(body) <= limit else None
