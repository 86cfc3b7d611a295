"""What each signal of the severity rules means, in words for an agent."""

from collections.abc import Mapping

from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tickets.domain.promises import Promise as Answer
from tickets.operations.severity.correct_severity import Corrected

_WORDS: Mapping[str, Promise] = {
    "outage": _("something is down"),
    "failure": _("something fails"),
    "trouble": _("cannot do something"),
    "drop": _("calls drop"),
    "partial": _("works only in part"),
    "wrong": _("wrong result"),
    "all": _("everything or everybody"),
    "part": _("some of them"),
    "one": _("one person or thing"),
    "core": _("main function"),
    "aux": _("side function"),
    "api": _("the API"),
    "ai": _("AI functions"),
    "bill": _("billing"),
    "present": _("happening now"),
    "past": _("in the past"),
    "resolved": _("solved already"),
    "restored": _("works again"),
    "workaround": _("there is a way around"),
    "no_workaround": _("no way around"),
    "impact": _("business impact"),
    "security": _("security"),
    "legal": _("legal"),
    "urgency": _("says urgent (does not count)"),
    "question": _("asks a question"),
    "request": _("asks for something"),
    "ask": _("asks for something"),
    "mild": _("mild words"),
    "people": _("many people"),
    "wish": _("a wish"),
    "minor": _("a small thing"),
    "harmless": _("no harm"),
    "planned": _("planned"),
    "thanks": _("thanks"),
    "wording": _("typical wording"),
    "recovered": _("works again"),
    "ok": _("it works"),
    "denial": _("nothing is wrong"),
    "fix": _("asks for a repair"),
    "why": _("asks why"),
    "hypothetical": _("only supposed"),
    "if": _("only supposed"),
    "past_failure": _("a failure in the past"),
    "provision": _("asks for access or set-up"),
    "solo": _("the only person or line"),
    "only_answerer": _("AI is the only one that answers"),
    "carries_calls": _("the API carries the calls"),
    "others_fine": _("the others are fine"),
    "via_aux": _("through a side function"),
}
_ASIDE: Mapping[str, Promise] = {
    "past": _("in the past"),
    "supposed": _("only supposed"),
    "asked": _("only asked"),
    "mended": _("works again since"),
    "wished": _("only wished"),
    "denied": _("denied"),
    "still": _("it goes on"),
}
_SENTENCES: Mapping[str, Promise] = {
    "workaround": _("a working way around were in use"),
    "nobody": _("nobody could work or receive calls"),
    "mended": _("it worked again"),
    "question": _("it were only a question"),
}


def signal_words(signal: str) -> str:
    """The meaning of a signal; its code when it has no words yet."""
    return str(_WORDS.get(signal, signal.replace("_", " ")))


def split_signal(signal: str) -> tuple[str, str]:
    """The signal of a reason, and why it was set aside: "outage (past)"; "" when it counts."""
    name, _bracket, why_not = signal.partition(" (")
    return name, why_not.rstrip(")")


def reason_words(signal: str) -> str:
    """The meaning of a reason, and why it does not count where it does not."""
    name, why_not = split_signal(signal)
    words = signal_words(name)
    if not why_not:
        return words
    return gettext("%(signal)s, set aside: %(why)s") % {
        "signal": words,
        "why": str(_ASIDE.get(why_not, why_not)),
    }


def correction_words(corrected: Corrected) -> str:
    """What a correction did, and what it means for the promise."""
    if not corrected.changed:
        return gettext("It is %(severity)s already: nothing was changed.") % {
            "severity": corrected.severity
        }
    said = gettext("Severity set: %(severity)s.") % {"severity": corrected.severity}
    if corrected.promise is None:
        return said
    at = _moment(corrected.promise)
    if corrected.before is None or corrected.before.due_at == corrected.promise.due_at:
        return f"{said} " + gettext("The first answer is still due %(at)s.") % {"at": at}
    return f"{said} " + gettext("The first answer is due %(at)s now, instead of %(before)s.") % {
        "at": at,
        "before": _moment(corrected.before),
    }


def _moment(promise: Answer) -> str:
    return formats.date_format(timezone.localtime(promise.due_at), "D j M H:i")


def what_if_words(code: str) -> str:
    """The rest of a sentence that begins with a severity "if"."""
    return str(_SENTENCES.get(code, code))
