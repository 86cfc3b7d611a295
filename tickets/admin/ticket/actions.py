"""The buttons of the ticket page: each one calls exactly one operation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tickets.admin.labels import in_words
from tickets.admin.severity.words import correction_words
from tickets.admin.ticket import forms
from tickets.admin.ticket.answer_form import AnswerForm
from tickets.domain.guards import ChangeRefused
from tickets.domain.wake_ups import wake_outbox
from tickets.domain.words import Severity, WaitCause
from tickets.models import Ticket
from tickets.operations.desk import actions as desk
from tickets.operations.outgoing.answer import (
    CannotAnswerHere,
    FilesTooLarge,
    NotFailed,
    TooLong,
    WrittenMeanwhile,
    answer_ticket,
    resend_answer,
)
from tickets.operations.severity import change as severity
from tickets.operations.severity.correct_severity import NotWorse, correct_severity
from tickets.operations.ticket import attention, notes
from tickets.queries import newest_public_message

REFUSALS = (
    CannotAnswerHere,
    ChangeRefused,
    FilesTooLarge,
    NotFailed,
    TooLong,
    desk.NotPossible,
    notes.EmptyText,
    NotWorse,
    severity.NothingToConfirm,
    severity.ReasonNeeded,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who does it to which ticket, when (UTC), and what the form said."""

    ticket: Ticket
    user: User
    now: datetime
    data: Mapping[str, Any]

    @property
    def common(self) -> dict[str, Any]:
        """What every operation takes."""
        return {"ticket_id": self.ticket.pk, "user": self.user, "now": self.now}


@dataclass(frozen=True, slots=True)
class Action:
    """The form, the operation, what is said afterwards, and the field that errors stand at."""

    form: type[forms.TicketForm]
    run: Callable[[Call], object]
    done: Promise
    field: str | None = None


def _answer(call: Call) -> None:
    with transaction.atomic():
        answer_ticket(
            text=call.data["text"],
            files=call.data["attachments"],
            seen=call.data.get("seen"),
            **call.common,
        )
        wake_outbox()


def _resend(call: Call) -> None:
    resend_answer(message_id=call.data["message"], user=call.user, now=call.now)
    wake_outbox()


def _severity(call: Call) -> str:
    corrected = correct_severity(
        severity=Severity(call.data["severity"]),
        got_worse=call.data["mode"] == "worse",
        reason=call.data["reason"],
        **call.common,
    )
    return correction_words(corrected)


ACTIONS: Mapping[str, Action] = {
    "answer": Action(AnswerForm, _answer, _("Answered. It is on its way to the customer."), "text"),
    "resend": Action(
        forms.ResendForm, _resend, _("It is on its way to the customer again."), "message"
    ),
    "note": Action(
        forms.NoteForm,
        lambda call: notes.add_note(text=call.data["note"], **call.common),
        _("Note added."),
        "note",
    ),
    "severity": Action(forms.SeverityForm, _severity, _("Severity set."), "reason"),
    "confirm_severity": Action(
        forms.PlainForm,
        lambda call: severity.confirm_severity(**call.common),
        _("Lower severity confirmed: it counts for the contract now."),
    ),
    "wait": Action(
        forms.WaitForm,
        lambda call: desk.start_waiting(cause=WaitCause(call.data["cause"]), **call.common),
        _("The ticket waits."),
    ),
    "end_wait": Action(
        forms.PlainForm,
        lambda call: desk.stop_waiting(**call.common),
        _("The ticket no longer waits."),
    ),
    "solve": Action(
        forms.PlainForm, lambda call: desk.solve_ticket(**call.common), _("Ticket solved.")
    ),
    "reopen": Action(
        forms.PlainForm, lambda call: desk.reopen_ticket(**call.common), _("Ticket reopened.")
    ),
    "take": Action(
        forms.PlainForm,
        lambda call: desk.assign_ticket(assignee=call.user, **call.common),
        _("The ticket is yours."),
    ),
    "assign": Action(
        forms.AssignForm,
        lambda call: desk.assign_ticket(assignee=call.data["assignee"], **call.common),
        _("Ticket assigned."),
    ),
    "customer": Action(
        forms.CustomerForm,
        lambda call: desk.set_customer(customer=call.data["customer"], **call.common),
        _("Customer set: the deadlines are those of this customer's plan now."),
    ),
    "triage": Action(
        forms.PlainForm,
        lambda call: desk.confirm_triage(**call.common),
        _("Triage confirmed."),
    ),
    "seen": Action(
        forms.PlainForm,
        lambda call: attention.clear_attention(**call.common),
        _("Seen: the mark is gone."),
    ),
    "allow_automatic": Action(
        forms.PlainForm,
        lambda call: attention.allow_automatic_mail(**call.common),
        _("Automatic mail may be sent here again."),
    ),
    "spam": Action(
        forms.PlainForm, lambda call: desk.mark_spam(**call.common), _("Marked as spam.")
    ),
    "unspam": Action(
        forms.PlainForm,
        lambda call: desk.unmark_spam(**call.common),
        _("Not spam: the clocks run again, from the start."),
    ),
}


def act(action: Action, form: forms.TicketForm, user: User, now: datetime) -> str:
    """Runs one action and says what was done; "" when refused, with the reason on the form."""
    if not form.is_valid():
        return ""
    call = Call(ticket=form.ticket, user=user, now=now, data=form.cleaned_data)
    try:
        said = action.run(call)
    except WrittenMeanwhile:
        form.add_error(
            action.field,
            gettext(
                "Another message came while you were writing. Read it above; "
                "your text is kept: send it again if it still fits."
            ),
        )
        _acknowledge(form)
        return ""
    except REFUSALS as error:
        form.add_error(action.field, in_words(error))
        return ""
    return said if isinstance(said, str) else str(action.done)


def _acknowledge(form: forms.TicketForm) -> None:
    """The next click has seen what is on the page now."""
    typed = {name: form.data[name] for name in form.data}
    form.data = {**typed, "seen": str(newest_public_message(form.ticket))}
