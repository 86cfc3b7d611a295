"""A status or priority that goes and comes back within seconds is no repetition."""

import copy
import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.journeys.tool_stories import OPENED, bring_body, conversation, settle
from tests.sla.world import customer
from tests.tickets.tools.calls import payload
from tickets.domain.words import Severity, Status
from tickets.models import Source, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
FIRST = OPENED + timedelta(minutes=10)
# Each two seconds after the one before.
STATUSES = ("SOLVED", "OPEN", "SOLVED")
PRIORITIES = ("URGENT", "LOW", "URGENT")


@pytest.fixture
def source() -> Source:
    customer("enterprise")
    made = conversation("zendesk", "Zendesk")
    asked = {"description": "Could you send me the invoice of October?", "priority": ""}
    body = {**payload("zendesk", "trigger"), **asked}
    bring_body(made, body, OPENED + timedelta(minutes=1))
    return made


def event(kind: str, word: str, at: datetime) -> dict[str, Any]:
    body = copy.deepcopy(payload("zendesk", "solved" if kind == "status" else "priority"))
    body |= {"id": f"{kind}-{at.isoformat()}", "time": at.isoformat().replace("+00:00", "Z")}
    body["event"] |= {"current": word}
    body["detail"] |= {"id": str(payload("zendesk", "trigger")["ticket_id"])}
    return dict(body)


def bring_all(source: Source, kind: str, words: tuple[str, ...], order: tuple[int, ...]) -> Ticket:
    last = FIRST + timedelta(seconds=30)
    for number in order:
        at = FIRST + timedelta(seconds=2 * number)
        late = int((last - at).total_seconds() // 60)
        bring_body(source, event(kind, words[number], at), at, late)
    settle(source, last)
    return Ticket.objects.get(source=source)


@pytest.mark.parametrize("order", sorted(itertools.permutations(range(3))))
def test_the_last_status_holds_in_whatever_order_they_come(
    source: Source, order: tuple[int, ...]
) -> None:
    ticket = bring_all(source, "status", STATUSES, order)
    assert ticket.status == Status.SOLVED
    assert ticket.solved_at == FIRST + timedelta(seconds=4)


@pytest.mark.parametrize("order", sorted(itertools.permutations(range(3))))
def test_the_last_priority_of_an_agent_holds_in_whatever_order_they_come(
    source: Source, order: tuple[int, ...]
) -> None:
    assert bring_all(source, "priority", PRIORITIES, order).severity == Severity.S1
