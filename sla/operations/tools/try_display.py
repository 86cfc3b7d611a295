"""A live test of a display: who we are in the tool, one ticket, one note; each step told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sla.domain.tools.shown import Shown, shown_of
from sla.models import Clock, ToolDisplay, ToolUpdate, UpdateKind
from sla.notifiers.tools.driver import Ask, Say, Show
from sla.notifiers.tools.table import WRITERS, wanted_of
from sla.notifiers.tools.wording import NoteFacts, note_text
from sla.notifiers.tools.writer import Target
from sla.operations.tools.show_in_tools import facts_of
from sla.operations.tools.write_to_tools import tool_reach
from sla.queries.tools.displays import ticket_link
from tickets.domain.tool_request import ToolTrouble
from tickets.models import Ticket, ToolAccess
from tickets.outbound.own_note import mark_of
from tickets.outbound.tool_api import ToolApi


class TryStep(StrEnum):
    """What is tried, in this order; what follows a failed step is not tried."""

    LOG_IN = "log_in"
    MACHINE = "machine"
    TICKET = "ticket"
    SHOW = "show"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a step went; `detail`: the account, the ticket, or what the tool said."""

    step: TryStep
    passed: bool
    detail: str = ""


def try_display(*, access: ToolAccess, display: ToolDisplay, now: datetime) -> list[Tried]:
    """Writes into the newest ticket of the source what it is to show, at once (`now` in UTC).

    It stands there afterwards: it is what would be written anyway, and one note that says test.
    """
    found: list[Tried] = []
    for step in _steps(access, display, now):
        found.append(step)
        if not step.passed and step.step is not TryStep.MACHINE:
            break
    return found


def _steps(access: ToolAccess, display: ToolDisplay, now: datetime) -> Iterator[Tried]:
    source = display.source
    ask = ToolApi(access.credentials(), reach=tool_reach()).ask
    try:
        account = WRITERS[source.kind].who_is(ask(WRITERS[source.kind].who))
    except ToolTrouble as error:
        yield Tried(step=TryStep.LOG_IN, passed=False, detail=str(error))
        return
    yield Tried(step=TryStep.LOG_IN, passed=True, detail=account)
    listed = {str(each).strip().casefold() for each in source.bot_ids}
    is_machine = account.casefold() in listed
    yield Tried(step=TryStep.MACHINE, passed=is_machine, detail=account)
    ticket = Ticket.objects.filter(source=source).exclude(thread="").order_by("-pk").first()
    if ticket is None:
        yield Tried(step=TryStep.TICKET, passed=False)
        return
    yield Tried(step=TryStep.TICKET, passed=True, detail=f"{ticket.reference} ({ticket.thread})")
    target = Target(thread=ticket.thread, account=access.account)
    shown = _shown(ticket, now)
    yield _write(TryStep.SHOW, _show(display, target, shown, ticket), ask)
    if display.note_at_risk or display.note_missed:
        yield _write(TryStep.NOTE, _note(display, target, shown, ticket), ask)


def _shown(ticket: Ticket, now: datetime) -> Shown:
    row = ToolUpdate.objects.filter(ticket=ticket, kind=UpdateKind.STATE).first()
    if row is not None:
        return Shown.from_json(row.wanted)
    clocks = Clock.objects.filter(ticket=ticket, void=False).order_by()
    return shown_of([facts_of(clock) for clock in clocks], now)


def _show(display: ToolDisplay, target: Target, shown: Shown, ticket: Ticket) -> Show:
    wanted = wanted_of(shown, display.value(), ticket_link(ticket.pk))
    return Show(writer=WRITERS[display.source.kind], target=target, wanted=wanted)


def _note(display: ToolDisplay, target: Target, shown: Shown, ticket: Ticket) -> Say:
    facts = NoteFacts(
        kind="test",
        shown=shown,
        reference=ticket.reference,
        link=ticket_link(ticket.pk),
        language=display.language,
        zone=display.zone,
    )
    text = note_text(facts, mark_of(display.source_id, ticket.thread, "test"))
    return Say(writer=WRITERS[display.source.kind], target=target, text=text)


def _write(step: TryStep, task: Show | Say, ask: Ask) -> Tried:
    try:
        task.write(ask)
    except ToolTrouble as error:
        return Tried(step=step, passed=False, detail=str(error))
    return Tried(step=step, passed=True)
