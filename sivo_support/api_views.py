"""The OpenAPI document as it is stored."""

from functools import lru_cache

from django.http import HttpResponse
from rest_framework.request import Request

from sivo_support.api_document import STORED
from tickets.api.bases import ApiView


class DocumentView(ApiView):
    """For everybody: there is nothing secret in it."""

    authentication_classes = ()
    permission_classes = ()
    # It does not describe itself.
    schema = None  # type: ignore[assignment]

    def get(self, request: Request) -> HttpResponse:  # noqa: ARG002 - the framework passes it
        """The document, made anew by `make openapi`."""
        return HttpResponse(_stored(), content_type="application/json")


@lru_cache(maxsize=1)
def _stored() -> bytes:
    return STORED.read_bytes()
