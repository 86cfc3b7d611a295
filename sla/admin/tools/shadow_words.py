"""What the figures, causes and hindrances of a shadow run are called on its page."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sla.domain.tools.shadow_records import ShadowCause, What

WHAT_WORDS: Mapping[str, Promise] = {
    What.PRESENCE: _("on one side alone"),
    What.START: _("start"),
    What.DUE: _("deadline"),
    What.ANSWER: _("answer"),
    What.VERDICT: _("result"),
}
VALUE_WORDS: Mapping[str, Promise] = {
    "met": _("met"),
    "missed": _("missed"),
    "there": _("there"),
    "here": _("here"),
}
CAUSE_WORDS: Mapping[str, Promise] = {
    ShadowCause.UNEXPLAINED: _("Not explained"),
    ShadowCause.NO_TARGET: _("No target there"),
    ShadowCause.NOT_PROMISED: _("Nothing promised here"),
    ShadowCause.GONE: _("Deleted or merged there"),
    ShadowCause.IMPORTED: _("Older than our knowledge of it"),
    ShadowCause.OTHER_START: _("Other start"),
    ShadowCause.LATE_WEBHOOK: _("Late webhook"),
    ShadowCause.ALLOWANCE: _("Other allowance"),
    ShadowCause.SEVERITY: _("Other severity"),
    ShadowCause.SCHEDULE: _("Business hours of the tool"),
    ShadowCause.CALENDAR: _("Other calendar"),
    ShadowCause.HOLIDAY: _("Holiday"),
    ShadowCause.TIME_ZONE: _("Time zone"),
    ShadowCause.PAUSES: _("Pauses"),
    ShadowCause.BY_MACHINE: _("Answered by a machine"),
    ShadowCause.BY_NOTE: _("Answered by a note"),
    ShadowCause.BY_SOLVING: _("Answered by solving"),
    ShadowCause.BOUNCED: _("The answer came back"),
    ShadowCause.ROUNDING: _("Rounded to the minute"),
}
CAUSE_HINTS: Mapping[str, Promise] = {
    ShadowCause.UNEXPLAINED: _(
        "Nothing that we know gives the tool's figure. Open the ticket here and there: a webhook "
        "may be missing, or a schedule there may be one that we do not know."
    ),
    ShadowCause.NO_TARGET: _("No SLA policy of the tool covers the ticket."),
    ShadowCause.NOT_PROMISED: _("We opened it ourselves, or it is spam: no clock runs here."),
    ShadowCause.GONE: _("The ticket cannot be found in the tool any more."),
    ShadowCause.IMPORTED: _("It had been open there for over a day when we first heard of it."),
    ShadowCause.OTHER_START: _("The tool counts from another message of the customer's."),
    ShadowCause.LATE_WEBHOOK: _(
        "The webhook came so late that its own time was not believed: it counts from its arrival."
    ),
    ShadowCause.ALLOWANCE: _("The target there grants another time than the terms."),
    ShadowCause.SEVERITY: _(
        "The target there is the one of another severity: look at what its priorities mean here."
    ),
    ShadowCause.SCHEDULE: _(
        "With a schedule that the tool has our reckoning gives its deadline: below stands in what "
        "its hours and holidays differ from ours."
    ),
    ShadowCause.CALENDAR: _("With other opening hours our reckoning gives the tool's deadline."),
    ShadowCause.HOLIDAY: _("Without our holidays our reckoning gives the tool's deadline."),
    ShadowCause.TIME_ZONE: _(
        "With the hours of another zone, or without summer time, it gives the tool's deadline."
    ),
    ShadowCause.PAUSES: _("The tool stops its clock while a ticket waits; a promise never pauses."),
    ShadowCause.BY_MACHINE: _("There an automatic message stopped the clock; here it never does."),
    ShadowCause.BY_NOTE: _("There an internal note stopped the clock; here it never does."),
    ShadowCause.BY_SOLVING: _("There solving stopped the clock; here it never does."),
    ShadowCause.BOUNCED: _("An answer that came back undelivered is none here."),
    ShadowCause.ROUNDING: _("Answered within a minute of the deadline: the tool keeps minutes."),
}
MISSING_WORDS: Mapping[str, Promise] = {
    "young": _("it has not run for seven days yet"),
    "empty": _("no ticket is decided on both sides yet"),
    "stale": _("the tool has not been read for an hour, or cannot be read"),
    "unexplained": _("a difference of the last seven days is not explained"),
}
# Sentences that operations say in English: listed so that the translators see them.
_SENTENCES = (
    _("This kind of source tells no figures of its own: there is nothing to compare with."),
    _("A shadow run of this source is open: end it first."),
)
