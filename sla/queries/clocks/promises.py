"""Until when a ticket's customer was promised an answer, for the mail that says so."""

from sla.domain.clocks.clock import ClockState
from sla.domain.clocks.target import Metric
from sla.models import Basis, Clock
from sla.queries.terms.calendars import calendar_of
from tickets.domain.promises import Promise


def promised_answer(ticket_id: int) -> Promise | None:
    """The contractual first response (clause 7); None without a contract or an unread clock."""
    clock = (
        Clock.objects.filter(
            ticket_id=ticket_id,
            basis=Basis.CONTRACT,
            metric=Metric.FIRST_RESPONSE,
            state=ClockState.RUNNING,
            void=False,
            # Senders of no known customer are reported under a plan, and promised nothing.
            agreement__isnull=False,
            ticket__clocks_stale_since__isnull=True,
        )
        .select_related("agreement__plan")
        .order_by("-started_at")
        .first()
    )
    if clock is None or clock.due_at is None or clock.agreement is None:
        return None
    zone = calendar_of(clock.calendar_version_id).hours.spec.timezone
    return Promise(due_at=clock.due_at, zone=zone, plan=clock.agreement.plan.name)
