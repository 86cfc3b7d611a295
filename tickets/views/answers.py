"""What a door says: a sentence in JSON under a status that senders understand."""

import json

from django.http import HttpResponse


def answer(status: int, detail: str, **more: str | int) -> HttpResponse:
    """A sentence for whoever looks into the sender's log."""
    return HttpResponse(json.dumps({"detail": detail, **more}), "application/json", status)


def try_later(detail: str) -> HttpResponse:
    """503: trouble of ours that passes."""
    response = answer(503, detail)
    response["Retry-After"] = "5"
    return response
