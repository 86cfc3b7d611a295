"""What an event says of its ticket and its targets: codes, ids, instants, names of companies."""

from datetime import datetime
from typing import Any

from django.conf import settings

from sla.domain.clocks.clock import ClockState
from sla.models import Basis, Clock
from tickets.domain.instants import format_instant, format_seconds
from tickets.models import Ticket


def ticket_data(ticket: Ticket) -> dict[str, Any]:
    """The ticket as it stands; its customer and source are loaded with it."""
    customer = ticket.customer
    return {
        "reference": ticket.reference,
        "link": f"{settings.PUBLIC_URL.rstrip('/')}/admin/tickets/ticket/{ticket.pk}/change/",
        "source": {
            "id": str(ticket.source_id),
            "name": ticket.source.name,
            "kind": ticket.source.kind,
        },
        # Ids of mail conversations hold addresses, which an erasure could not take out of here;
        # those of tools are numbers and keys.
        "thread": "" if ticket.source.is_mail or "@" in ticket.thread else ticket.thread,
        "customer": None
        if customer is None
        else {"id": customer.pk, "code": customer.code, "name": customer.name},
        "severity": ticket.severity,
        "status": ticket.status,
        "opened_at": format_instant(ticket.opened_at),
    }


def target_data(clock: Clock) -> dict[str, Any]:
    """One target as it stands. Seconds are those of its calendar: business time, or real time."""
    # Between readings nobody counts: the seconds of a clock that runs would be old.
    is_over = clock.state in {ClockState.STOPPED, ClockState.CANCELLED}
    late_us = max(clock.elapsed_us - clock.allowance_us, 0) if clock.breached_at else 0
    return {
        "id": clock.pk,
        "metric": clock.metric,
        "basis": clock.basis,
        "promised": clock.basis == Basis.CONTRACT,
        "plan": clock.plan_code if clock.agreement_id else "",
        "severity": clock.severity,
        "terms": clock.terms_version,
        "clause": clock.clause,
        "state": clock.state,
        "allowance_seconds": format_seconds(clock.allowance_us),
        "started_at": format_instant(clock.started_at),
        "at_risk_at": _instant(clock.at_risk_at),
        "due_at": _instant(clock.due_at),
        "stopped_at": _instant(clock.stopped_at),
        "missed_at": _instant(clock.breached_at),
        "met": clock.met,
        "elapsed_seconds": format_seconds(clock.elapsed_us) if is_over else None,
        "late_seconds": format_seconds(late_us) if is_over else None,
    }


def _instant(at: datetime | None) -> str | None:
    return format_instant(at) if at else None
