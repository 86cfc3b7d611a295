"""What escalations are called on the pages."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sla.domain.clocks.target import Metric
from sla.domain.escalation.draft import PolicyRefused
from sla.domain.escalation.policy import SHARES, Step
from sla.domain.escalation.words import StepKind

MINUTE_US = 60_000_000
PLAIN_WORDS = {
    "on_duty": gettext_lazy("whoever is on duty"),
    "assignee": gettext_lazy("the assignee"),
    "csm": gettext_lazy("the customer's CSM"),
    "source": gettext_lazy("the addresses of the source"),
}
BASES = {
    "contract": gettext_lazy("Contract"),
    "watch": gettext_lazy("Watched until triaged"),
    "catch_up": gettext_lazy("Catch-up after late triage"),
    "objective": gettext_lazy("Internal objective"),
}
METRIC_LABELS = [
    (Metric.FIRST_RESPONSE.value, gettext_lazy("First response")),
    (Metric.NEXT_RESPONSE.value, gettext_lazy("Next response")),
    (Metric.RESOLUTION.value, gettext_lazy("Resolution")),
]
# Sentences that plain Python says in English: listed so that the translators see them.
_SENTENCES = (
    gettext_lazy("The policy needs a name."),
    gettext_lazy("The severity is S1, S2, S3, S4 or empty."),
    gettext_lazy("Choose at least one kind of clock."),
    gettext_lazy("A policy without a step tells nobody: end it instead."),
    gettext_lazy("Two steps have the same code."),
    gettext_lazy("“%(code)s” is no code: small letters, digits and dashes, 40 at most."),
    gettext_lazy("Step %(code)s: the share must lie between 0 and 1000 per cent."),
    gettext_lazy("Step %(code)s: the time before or after the deadline is wrong."),
    gettext_lazy("Step %(code)s: say after how long it is repeated."),
    gettext_lazy("Step %(code)s: repeats are at least one minute apart."),
    gettext_lazy("Step %(code)s: it is repeated at least once and at most %(most)s times."),
    gettext_lazy("Step %(code)s has no recipient."),
    gettext_lazy("Step %(code)s: “%(word)s” is no recipient."),
    gettext_lazy("The policy “%(name)s” is for the same plan, severity and metric: end it first."),
    gettext_lazy("This policy is not in force."),
    gettext_lazy("A policy with this code is in force already: change that one."),
)


def refusal_words(refused: PolicyRefused) -> str:
    """Why a policy was refused, in the reader's language."""
    template = _(refused.template)
    return template % refused.values if refused.values else template


def place_words(step: Step) -> str:
    """Where a step stands."""
    minutes = minutes_words(step.offset_us)
    if step.kind is StepKind.FRACTION:
        percent = f"{step.share * 100 / SHARES:g}"
        return _("at %(percent)s %% of the allowance") % {"percent": percent}
    if step.offset_us == 0:
        return _("at the deadline")
    if step.kind is StepKind.BEFORE_DUE:
        return _("%(time)s before the deadline") % {"time": minutes}
    return _("%(time)s after the deadline") % {"time": minutes}


def repeat_words(step: Step) -> str:
    """How a step is repeated; empty when it is not."""
    if not step.repeat_every_us:
        return ""
    return _("then every %(time)s until acknowledged, %(most)d times at most") % {
        "time": minutes_words(step.repeat_every_us),
        "most": step.repeat_at_most,
    }


def minutes_words(microseconds: int) -> str:
    """A duration in minutes, or in hours where it is whole ones."""
    minutes = microseconds // MINUTE_US
    if minutes and minutes % 60 == 0:
        hours = minutes // 60
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
