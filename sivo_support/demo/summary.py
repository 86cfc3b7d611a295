"""What there is to see: counts, one receipt, and the pages to look at first."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import F
from django.urls import reverse

from sivo_support.demo import imap, texts
from sivo_support.demo.place import Place
from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.target import Metric
from sla.models import Basis, Clock
from sla.queries.clocks.readings import key_of, pinned_commitments, read_commitments
from sla.queries.clocks.receipts import receipt_of
from sla.queries.terms.calendars import calendar_of
from sla.queries.tools.panel_links import token_of
from tickets.domain.instants import format_instant, format_seconds
from tickets.domain.words import Severity
from tickets.models import Delivery, DeliveryState, Source, Ticket
from tickets.queries import log_of

_PANEL_FOR = timedelta(hours=8)
_MAIL_SIGHTS = (
    ("formatting, pictures and files", "illustrated"),
    ("our answer came back", "unreached"),
    ("an answer to send again", "refused"),
)


def summary_json(*, now: datetime) -> str:
    """One line: how many tickets, clocks and missed contractual targets, and one receipt."""
    clocks = Clock.objects.filter(void=False)
    return json.dumps(
        {
            "tickets": Ticket.objects.count(),
            "clocks": clocks.count(),
            "running": clocks.filter(state=ClockState.RUNNING).count(),
            "missed": clocks.filter(basis=Basis.CONTRACT, breached_at__isnull=False).count(),
            "receipt": _receipt(now),
        },
        ensure_ascii=False,
    )


def _receipt(now: datetime) -> Mapping[str, object]:
    """Of the Pro deadline that closed days pushed furthest away, replayed from log and pins."""
    clock = (
        Clock.objects.filter(
            basis=Basis.CONTRACT,
            metric=Metric.FIRST_RESPONSE,
            plan_code="pro",
            void=False,
            due_at__isnull=False,
        )
        .select_related("ticket", "calendar_version")
        .order_by((F("due_at") - F("started_at")).desc(), "pk")
        .first()
    )
    if clock is None:
        return {}
    ticket = clock.ticket
    runs = read_commitments(pinned_commitments([clock]), log_of(ticket), now)
    receipt = receipt_of(
        runs[key_of(clock)].reading,
        calendar_of(clock.calendar_version.sha256),
        as_of=now,
        language="en",
    )
    return {
        "ticket": ticket.reference,
        "plan": clock.plan_code,
        "severity": clock.severity,
        "received": format_instant(clock.started_at),
        "due_at": format_instant(receipt.due_at) if receipt.due_at else None,
        "allowance_seconds": format_seconds(receipt.allowance_us),
        "lines": [
            {
                "from": format_instant(line.from_at),
                "to": format_instant(line.to_at),
                "seconds": format_seconds(line.counted_us),
                "text": line.text,
            }
            for line in receipt.lines
        ],
    }


def sights(place: Place, *, now: datetime) -> list[tuple[str, str]]:
    """What to look at first, each with its address."""
    found = [("What is due next", _page(place, "tickets_ticket_changelist"))]
    clock = _newest_crisis(now)
    if clock is not None and clock.due_at is not None:
        minutes = int((clock.due_at - now).total_seconds() // 60)
        found.append(
            (
                f"{clock.ticket.reference}: {clock.severity}, {minutes} min left, and why",
                _page(place, "tickets_ticket_change", clock.ticket_id),
            )
        )
        token = token_of(clock.ticket, now + _PANEL_FOR, "en")
        side_bar = place.address + reverse("sla:panel", args=[token])
        found.append(("The same in the side bar of a tool", side_bar))
    misjudged = _ticket_of("misjudged")
    if misjudged is not None:
        found.append(
            (
                f"{misjudged.reference}: missed because of late triage",
                _page(place, "tickets_ticket_change", misjudged.pk),
            )
        )
    for label, scene in _MAIL_SIGHTS:
        ticket = _ticket_of(scene)
        if ticket is not None:
            found.append(
                (
                    f"{ticket.reference}: {label}",
                    _page(place, "tickets_ticket_change", ticket.pk),
                )
            )
    found.append(("Missed Enterprise targets (carla)", _page(place, "sla_clock_missed_targets")))
    broken = Delivery.objects.filter(state=DeliveryState.QUARANTINED).order_by("pk").first()
    if broken is not None:
        found.append(
            ("A delivery in quarantine (olga)", _page(place, "tickets_delivery_change", broken.pk))
        )
    source = Source.objects.filter(name=imap.NAME).first()
    if source is not None:
        found.append(("A mailbox by IMAP (olga)", _page(place, "tickets_source_change", source.pk)))
    found.append(("Mails of ours are kept, not sent", str(place.mails)))
    return found


def _newest_crisis(now: datetime) -> Clock | None:
    return (
        Clock.objects.filter(
            basis=Basis.CONTRACT,
            plan_code="enterprise",
            severity=Severity.S1,
            state=ClockState.RUNNING,
            void=False,
            due_at__gt=now,
        )
        .select_related("ticket")
        .order_by("due_at")
        .last()
    )


def _ticket_of(scene: str) -> Ticket | None:
    return Ticket.objects.filter(subject=texts.scenes()[scene]["subject"]).order_by("pk").first()


def _page(place: Place, name: str, *args: object) -> str:
    return place.address + reverse(f"admin:{name}", args=args)
