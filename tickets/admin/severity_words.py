"""What each signal of the severity rules means, in words for an agent."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
}


def signal_words(signal: str) -> str:
    """The meaning of a signal; its code when it has no words yet."""
    return str(_WORDS.get(signal, signal.replace("_", " ")))
