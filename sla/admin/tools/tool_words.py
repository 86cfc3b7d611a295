"""How a display and its updates stand, in shape, colour and words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sla.admin.words import moment
from sla.domain.tools.display import FieldCode
from sla.models import ToolDisplay, ToolUpdate, UpdateState
from sla.operations.tools.try_display import Tried, TryStep
from tickets.admin.marks import mark_html
from tickets.admin.sources.tool_words import trouble_text
from tickets.models import ToolAccess

FIELD_LABELS: Final[Mapping[FieldCode, Promise]] = {
    FieldCode.DUE_AT: gettext_lazy("Due, as a date"),
    FieldCode.DUE_TEXT: gettext_lazy("Due, in words"),
    FieldCode.STATE: gettext_lazy("How the promise stands"),
    FieldCode.SEVERITY: gettext_lazy("Severity"),
    FieldCode.PLAN: gettext_lazy("Plan"),
    FieldCode.OBJECTIVE_DUE_AT: gettext_lazy("Next internal objective, as a date"),
    FieldCode.OBJECTIVE_DUE_TEXT: gettext_lazy("Next internal objective, in words"),
    FieldCode.LINK: gettext_lazy("Address of our ticket page"),
}
_UPDATE_MARKS: Final = {
    UpdateState.WAITING: ("waiting", "◌"),
    UpdateState.WRITTEN: ("met", "✓"),
    UpdateState.GIVEN_UP: ("missed", "■"),
    UpdateState.GONE: ("none", "–"),
    UpdateState.OVERTAKEN: ("none", "–"),
}

# Sentences that plain Python says in English: listed so that the translators see them.
_SENTENCES = (
    gettext_lazy("the ticket is closed there: nothing can be written into it any more"),
    gettext_lazy("the tool does not accept the token: enter a new one"),
    gettext_lazy(
        "what came back is not an answer of the tool's API: check the address of the tool"
    ),
    gettext_lazy(
        "Chatwoot has no such label: make the labels sivo_at_risk and sivo_missed there, under "
        "Settings, Labels"
    ),
    gettext_lazy("its writer died each time"),
    gettext_lazy("nobody tries: does the worker run? If it does, enter the token anew"),
    gettext_lazy("no ticket of the tool has such an id: it does not exist there"),
)


def update_mark(update: ToolUpdate) -> SafeString:
    """Where an update is on its way; one that failed before says so."""
    mark, shape = _UPDATE_MARKS[UpdateState(update.state)]
    if update.state == UpdateState.WAITING and update.trouble:
        return mark_html("at_risk", "▲", _("Tried again later"))
    return mark_html(mark, shape, str(update.get_state_display()))


def display_mark(access: ToolAccess | None, display: ToolDisplay, now: datetime) -> SafeString:
    """How writing into a tool does."""
    if access is None:
        return mark_html("none", "–", _("no access to the tool yet"))
    if not (access.writes and access.is_active):
        return mark_html("none", "–", _("switched off"))
    if display.is_held(now):
        return mark_html("missed", "■", _("refused by the tool"))
    if access.open_until is not None and access.open_until > now:
        text = _("left alone until %(at)s") % {"at": moment(access.open_until)}
        return mark_html("at_risk", "▲", text)
    if display.trouble:
        return mark_html("missed", "■", _("trouble"))
    if display.written_at is None:
        return mark_html("waiting", "◌", _("nothing written yet"))
    text = _("written last on %(at)s") % {"at": moment(display.written_at)}
    return mark_html("met", "✓", text)


def tried_words(tried: Tried) -> str:
    """One step of a test as a sentence."""
    sentences = {
        (TryStep.LOG_IN, True): _("The tool knows us, as account %(detail)s."),
        (TryStep.LOG_IN, False): _("The tool does not let us in: %(detail)s."),
        (TryStep.MACHINE, True): _("The account stands among the machines of this source."),
        (TryStep.MACHINE, False): _(
            "Account %(detail)s is not among the machines of this source: if nobody else works "
            "under it, enter it there, so that what it writes is never taken for a person's."
        ),
        (TryStep.TICKET, True): _("The newest ticket is %(detail)s."),
        (TryStep.TICKET, False): _(
            "There is no ticket of this source yet: test again when the first one has come in."
        ),
        (TryStep.SHOW, True): _("Fields and tags stand in it as they should."),
        (TryStep.SHOW, False): _("Fields and tags could not be written: %(detail)s."),
        (TryStep.NOTE, True): _("A note that says test stands in it: customers do not see it."),
        (TryStep.NOTE, False): _("A note could not be written: %(detail)s."),
    }
    return sentences[tried.step, tried.passed] % {"detail": trouble_text(tried.detail)}
