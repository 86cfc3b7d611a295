"""What a door says: a sentence in JSON under a status that senders understand."""

from django.http import JsonResponse


def answer(status: int, detail: str, **more: object) -> JsonResponse:
    """A sentence for whoever looks into the sender's log."""
    return JsonResponse({"detail": detail, **more}, status=status)


def try_later(detail: str) -> JsonResponse:
    """503: trouble of ours that passes."""
    response = answer(503, detail)
    response["Retry-After"] = "5"
    return response
