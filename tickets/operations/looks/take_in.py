"""One conversation that changed at a tool: looked at whole, and what is missing here taken in."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from tickets.domain.tool_request import NotThere, ToolAccount
from tickets.inbound.polls.poll import Conversation, Listed, Poll
from tickets.inbound.polls.table import POLLS
from tickets.models import TOOL_API, Because, Delivery, Differs, Source, Ticket
from tickets.operations.incoming.read_delivery import tool_map
from tickets.operations.incoming.receive import Received, receive_delivery
from tickets.operations.looks.asking import Ask, run_steps
from tickets.operations.looks.compare import compare
from tickets.operations.looks.differences import note_differences, settle_same
from tickets.operations.looks.sides import Difference


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What looking at the conversations of one source needs.

    `looks_from`: what began before it and is not known here is left out. `clock` tells the present
    (UTC). `ends_at` is the monotonic instant at which the round is over.
    """

    source: Source
    account: ToolAccount
    ask: Ask
    looks_from: datetime
    clock: Callable[[], datetime]
    ends_at: float

    @property
    def poll(self) -> Poll:
        """How this tool is asked."""
        return POLLS[self.source.kind]


def take_in(looking: Looking, listed: Listed) -> int:
    """Keeps what we did not have of one conversation; the number of deliveries it made.

    Raises OutOfTime, ToolTrouble, Unreadable.
    """
    known = Ticket.objects.filter(source=looking.source, thread=listed.thread).first()
    if listed.is_deleted:
        if known is not None:
            _note(looking, listed, known, Differs.TICKET, Because.DELETED_THERE)
        return 0
    if known is None and listed.began_at and listed.began_at < looking.looks_from:
        _note(looking, listed, None, Differs.TICKET, Because.BEGAN_BEFORE)
        return 0
    steps = looking.poll.read_whole(looking.account, listed)
    try:
        found = run_steps(steps, looking.ask, ends_at=looking.ends_at)
    except NotThere:
        # Between the list and this question.
        if known is not None:
            _note(looking, listed, known, Differs.TICKET, Because.DELETED_THERE)
        return 0
    return _compare(looking, found)


def pass_over(looking: Looking, listed: Listed) -> None:
    """One that fails again and again, so that the others get their turn."""
    known = Ticket.objects.filter(source=looking.source, thread=listed.thread).first()
    _note(looking, listed, known, Differs.TICKET, Because.NOT_TOLD, key=listed.version)


def _note(
    looking: Looking,
    listed: Listed,
    ticket: Ticket | None,
    what: Differs,
    because: Because,
    *,
    key: str = "",
) -> None:
    note_differences(
        source=looking.source,
        thread=listed.thread,
        ticket=ticket,
        found=[Difference(what=what, because=because, key=key)],
        now=looking.clock(),
    )


def _compare(looking: Looking, found: Conversation) -> int:
    source = looking.source
    compared = compare(source=source, poll=looking.poll, found=found, words=tool_map(source))
    unreadable = [
        Difference(what=Differs.MESSAGE, because=Because.UNREADABLE, key=_name_of([part]))
        for part in compared.unreadable
    ]
    now = looking.clock()
    made = 0
    for parts, differences in (
        (compared.news, compared.of_news),
        (compared.unreadable, unreadable),
    ):
        made += _keep(
            looking, found, ticket=compared.ticket, parts=parts, differences=differences, now=now
        )
    if compared.on_purpose:
        note_differences(
            source=source,
            thread=found.thread,
            ticket=compared.ticket,
            found=compared.on_purpose,
            now=now,
        )
    same = [
        what
        for what, is_same in (
            (Differs.STATUS, compared.same_status),
            (Differs.ASSIGNEE, compared.same_assignee),
        )
        if is_same
    ]
    if same:
        settle_same(source=source, thread=found.thread, what=same, now=now)
    return made


@transaction.atomic
def _keep(
    looking: Looking,
    found: Conversation,
    *,
    ticket: Ticket | None,
    parts: Sequence[Mapping[str, Any]],
    differences: Sequence[Difference],
    now: datetime,
) -> int:
    """The parts as one delivery, once: what waits to be understood is not kept again."""
    if not parts:
        return 0
    name = f"api:{found.thread[:100]}:{_name_of(parts)}"
    if Delivery.objects.filter(source=looking.source, external_id=name).exists():
        return 0
    received: Received = receive_delivery(
        source=looking.source,
        external_id=name,
        body=found.body(tuple(parts)),
        headers={},
        received_at=now,
        arrived_by=TOOL_API,
        now=now,
    )
    note_differences(
        source=looking.source,
        thread=found.thread,
        ticket=ticket,
        found=differences,
        now=now,
        delivery=received.delivery,
    )
    return 1


def _name_of(parts: Sequence[Mapping[str, Any]]) -> str:
    body = Conversation(kind="", thread="", ticket={}, parts=()).body(tuple(parts))
    return hashlib.sha256(body).hexdigest()
