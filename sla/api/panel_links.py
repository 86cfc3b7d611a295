"""Links to the panel, for the side bars of tools: made, and made void."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from sla.api import examples
from sla.operations.tools.panel_links import revoke_panel_links
from sla.queries.tools.panel_links import LANGUAGES, last_revocation, panel_url
from tickets.api.bases import Made
from tickets.api.fields import InstantField, StrictSerializer, TextField
from tickets.api.problems import Problem
from tickets.api.schema import Operation, SerializerClass
from tickets.api.tickets import TicketView
from tickets.models import Source, Ticket
from tickets.models.ticket import REFERENCE
from tickets.rights import sees_everything


class TicketIn(StrictSerializer):
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


class PanelLinkIn(TicketIn):
    """Which ticket: by our reference, or by its source with its id in the tool."""

    language = serializers.ChoiceField(
        required=False, choices=LANGUAGES, help_text="Else the browser's own."
    )


class PanelRevocationIn(TicketIn):
    """Whose links: of one ticket, named as for a link, or of a whole `source`, named alone."""


class PanelLinkOut(serializers.Serializer[Any]):
    """An address that shows one ticket's promise, without a log-in, until it expires."""

    ticket = serializers.IntegerField()
    reference = serializers.CharField()
    url = serializers.URLField()
    expires_at = InstantField()


class PanelRevocationOut(serializers.Serializer[Any]):
    """From when on earlier links are void: those of the ticket, or, without one, of the source."""

    source = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]
    ticket = serializers.IntegerField(allow_null=True)
    reference = serializers.CharField(allow_null=True)
    revoked_at = InstantField()


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
        found = _asked_for(self.visible(), body)

        def write(made: Made) -> Any:
            ticket = self.one(made.ticket_id or 0)
            return _link(ticket, body.get("language", ""), timezone.now())

        return self.once(lambda _now: Made(ticket_id=found.pk), write)


class PanelRevocationsView(TicketView):
    """Links to the panel, made void."""

    tag = "panel"
    scopes: ClassVar[Mapping[str, str]] = {"POST": "read:clocks"}
    operations: ClassVar[Mapping[str, Operation]] = {
        "POST": Operation(
            id="revoke_panel_links",
            summary="Makes links to the panel void",
            body=PanelRevocationIn,
            sent={
                "A whole source": {"source": examples.PANEL_BY_THREAD["source"]},
                "A ticket by our reference": {"reference": "SIVO-1042"},
            },
            answered=examples.PANEL_REVOCATION,
        )
    }

    def answer_class(self, method: str) -> SerializerClass:
        """From when on."""
        return PanelRevocationOut

    def post(self, request: Request) -> Response:
        """Every link to the panel that was made until now opens nothing any more: of one ticket,
        or of a whole source. Whoever may make links may do that; for a whole source you must be
        allowed to see every customer. Links made afterwards work.
        """
        body = self.body()
        whole = body.get("thread") is None and body.get("reference") is None and "source" in body
        ticket = None if whole else _asked_for(self.visible(), body)
        source = ticket.source if ticket else self._source(body)

        def revoke(now: datetime) -> Made:
            revoke_panel_links(source=source, ticket=ticket, user=self.caller, now=now)
            return Made(ticket_id=ticket.pk if ticket else None)

        def write(_made: Made) -> Any:
            last = last_revocation(source, ticket)
            return PanelRevocationOut(
                {
                    # Whoever sees a ticket need not see the address of its source's webhook.
                    "source": None if ticket else source.pk,
                    "ticket": ticket.pk if ticket else None,
                    "reference": ticket.reference if ticket else None,
                    "revoked_at": last.at if last else None,
                }
            ).data

        return self.once(revoke, write)

    def _source(self, body: Mapping[str, Any]) -> Source:
        if not sees_everything(self.caller):
            raise PermissionDenied(
                "Only who may see every customer can revoke the links of a whole source: "
                "name a ticket."
            )
        found = Source.objects.filter(pk=body["source"]).first()
        if found is None:
            raise NotFound
        return found


def _asked_for(visible: QuerySet[Ticket], body: Mapping[str, Any]) -> Ticket:
    """The ticket that is named. Raises Problem when none or two are, NotFound."""
    reference, source, thread = (body.get(name) for name in ("reference", "source", "thread"))
    if reference is not None and source is None and thread is None:
        named = REFERENCE.fullmatch(reference.strip())
        rows = visible.filter(pk=int(named[1])) if named else Ticket.objects.none()
    elif reference is None and source is not None and thread:
        # The database knows no text with it.
        rows = visible.filter(source=source, thread=thread.replace("\x00", "\ufffd"))
    else:
        raise Problem("which-ticket", "Send `reference` alone, or `source` and `thread`.")
    found = rows.select_related("source").first()
    if found is None:
        raise NotFound
    return found


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
