"""Files that strangers sent: handed over as downloads, never shown or run by a browser."""

import re

from django.http import HttpResponse
from django.utils.http import content_disposition_header

_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')


def download(content: bytes, name: str) -> HttpResponse:
    """The bytes as a file to save, whatever their sender called their type."""
    response = HttpResponse(content, content_type="application/octet-stream")
    safe = _UNSAFE.sub("_", name).strip(" .")[:200] or "file"
    header = content_disposition_header(as_attachment=True, filename=safe)
    response["Content-Disposition"] = header or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
