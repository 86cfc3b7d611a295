"""Files that strangers sent: downloads, or images of types that cannot act; nothing else."""

import base64
import re

from django.http import HttpResponse
from django.utils.http import content_disposition_header

_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
# By their first bytes: what a sender calls a file proves nothing. SVG can act, and is none of them.
_IMAGES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
)
IMAGE_TYPES = frozenset({"image/jpg", *(media_type for _, media_type in _IMAGES)})


def download(content: bytes, name: str) -> HttpResponse:
    """The bytes as a file to save, whatever their sender called their type."""
    response = HttpResponse(content, content_type="application/octet-stream")
    return _guarded(response, name, as_attachment=True)


def picture(content: bytes, name: str) -> HttpResponse | None:
    """The bytes as an image to look at; None when they are none of the safe types."""
    media_type = image_type(content)
    if not media_type:
        return None
    response = _guarded(HttpResponse(content, content_type=media_type), name, as_attachment=False)
    # A sandboxed page of its own tab may not ask for an opener's isolation.
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def image_type(content: bytes) -> str:
    """The media type of an image that is safe to show, "" of anything else."""
    start = content[:16]
    return next((kind for pattern, kind in _IMAGES if pattern.match(start)), "")


def data_address(content: bytes) -> str:
    """An image as an address that loads nothing; "" when it is none of the safe types."""
    media_type = image_type(content)
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}" if media_type else ""


def _guarded(response: HttpResponse, name: str, *, as_attachment: bool) -> HttpResponse:
    safe = _UNSAFE.sub("_", name).strip(" .")[:200] or "file"
    header = content_disposition_header(as_attachment=as_attachment, filename=safe)
    response["Content-Disposition"] = header or ("attachment" if as_attachment else "inline")
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
