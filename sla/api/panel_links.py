"""Links to the panel, for the side bars of tools."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from sla.api import examples
from sla.queries.tools.panel_links import LANGUAGES, panel_url
from tickets.api.bases import Made
from tickets.api.fields import InstantField, StrictSerializer, TextField
from tickets.api.problems import Problem
from tickets.api.schema import Operation, SerializerClass
from tickets.api.tickets import TicketView
from tickets.models import Ticket
from tickets.models.ticket import REFERENCE


class PanelLinkIn(StrictSerializer):
    """Which ticket: by our reference, or by its source with its id in the tool."""

    reference = TextField(
        required=False, max_length=40, help_text="Ours, such as SIVO-1042; without the others."
    )
    source = serializers.UUIDField(  # type: ignore[assignment]
        required=False, help_text="As it stands in the address of the source's webhook."
    )
    thread = TextField(
        required=False, max_length=255, help_text="The ticket's or conversation's id in the tool."
    )
    language = serializers.ChoiceField(
        required=False, choices=LANGUAGES, help_text="Else the browser's own."
    )


class PanelLinkOut(serializers.Serializer[Any]):
    """An address that shows one ticket's promise, without a log-in, until it expires."""

    ticket = serializers.IntegerField()
    reference = serializers.CharField()
    url = serializers.URLField()
    expires_at = InstantField()


class PanelLinksView(TicketView):
    """Links to the panel."""

    tag = "panel"
    # Not the scope of tickets: a side bar's key needs to read no message.
    scopes: ClassVar[Mapping[str, str]] = {"POST": "read:clocks"}
    operations: ClassVar[Mapping[str, Operation]] = {
        "POST": Operation(
            id="make_panel_link",
            summary="A link to the panel of a ticket",
            body=PanelLinkIn,
            sent={
                "A ticket of a tool": examples.PANEL_BY_THREAD,
                "By our reference": {"reference": "SIVO-1042"},
            },
            answered=examples.PANEL_LINK,
        )
    }

    def answer_class(self, method: str) -> SerializerClass:
        """The link."""
        return PanelLinkOut

    def post(self, request: Request) -> Response:
        """For a frame in the tool where agents work: promise, receipt and time line, no text of
        the customer's. Whoever has the link sees that, until it expires. It changes nothing; a
        call that is repeated gets a link of its own time.
        """
        body = self.body()
        found = self._asked_for(body).first()
        if found is None:
            raise NotFound

        def write(made: Made) -> Any:
            ticket = self.one(made.ticket_id or 0)
            return _link(ticket, body.get("language", ""), timezone.now())

        return self.once(lambda _now: Made(ticket_id=found.pk), write)

    def _asked_for(self, body: Mapping[str, Any]) -> QuerySet[Ticket]:
        reference, source, thread = (body.get(name) for name in ("reference", "source", "thread"))
        if reference is not None and source is None and thread is None:
            named = REFERENCE.fullmatch(reference.strip())
            return self.visible().filter(pk=int(named[1])) if named else Ticket.objects.none()
        if reference is None and source is not None and thread:
            # The database knows no text with it.
            return self.visible().filter(source=source, thread=thread.replace("\x00", "\ufffd"))
        raise Problem("which-ticket", "Send `reference` alone, or `source` and `thread`.")


def _link(ticket: Ticket, language: str, now: datetime) -> Any:
    expires_at = (now + timedelta(hours=settings.PANEL_HOURS)).replace(microsecond=0)
    url = panel_url(ticket, expires_at=expires_at, language=language)
    return PanelLinkOut(
        {
            "ticket": ticket.pk,
            "reference": ticket.reference,
            "url": url,
            "expires_at": expires_at,
        }
    ).data
