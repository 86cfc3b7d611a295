"""How a source is, in words: its light and its troubles."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.admin.labels import in_words
from tickets.admin.sources.tool_words import trouble_text
from tickets.operations.source_health import Light, Problem, SourceHealth, Trouble

_MARKS: Final[Mapping[Light, tuple[str, str]]] = {
    Light.OFF: ("none", "–"),
    Light.NEW: ("waiting", "◌"),
    Light.FINE: ("met", "●"),
    Light.SILENT: ("at_risk", "▲"),
    Light.TROUBLE: ("missed", "■"),
}

# Sentences that plain Python says in English: listed so that the translators see them.
_SENTENCES = (
    gettext_lazy("the address at the provider must hold user and password"),
    gettext_lazy("user and password are not those of this source"),
    gettext_lazy("no signature fits timestamp, token and the signing keys of this source"),
    gettext_lazy("the fields timestamp, token and signature are missing"),
    gettext_lazy("the timestamp is too old; check the clock of this server"),
    gettext_lazy("the timestamp lies in the future; check the clock of this server"),
    gettext_lazy("the signature does not fit the body and the secrets of this source"),
    gettext_lazy("the signature does not fit the body and the public keys of this source"),
    gettext_lazy("this source has no credentials yet: set them on its page"),
    gettext_lazy("no signature fits the body and the secrets of this source"),
    gettext_lazy("this source has no signing secret yet: enter it on its page"),
    gettext_lazy("this source has no password yet: enter one on its page"),
    gettext_lazy("the timestamp is not an RFC 3339 instant"),
    gettext_lazy("the timestamp is not a whole number of milliseconds since 1970"),
    gettext_lazy("A credential is one line of printable ASCII without blanks."),
    gettext_lazy("A credential has at most 500 characters."),
    gettext_lazy("Write user:password, with a password of at least 16 characters."),
    gettext_lazy("A signing key has at least 16 characters: copy all of it."),
    gettext_lazy("This is not the base64 of an RSA public key."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LightView:
    """A light with its shape and word, and a sentence beside it."""

    mark: str
    shape: str
    label: str
    text: str


def light_view(health: SourceHealth, now: datetime) -> LightView:
    """The light of a source, never by colour alone."""
    mark, shape = _MARKS[health.light]
    return LightView(mark=mark, shape=shape, label=_label(health.light), text=_text(health, now))


def problem_text(problem: Problem, now: datetime) -> str:
    """What is wrong, and what happens next."""
    if problem.kind is Trouble.NO_CREDENTIALS:
        return _("It has no credentials yet, so nothing is accepted: enter them on its page.")
    if problem.kind is Trouble.NOT_POLLED:
        return _("Nobody has looked into the mailbox for %(time)s: does the worker run?") % {
            "time": span(now - (problem.at or now))
        }
    if problem.kind is Trouble.REFUSED:
        return _("A call was refused %(time)s ago: %(reason)s.") % {
            "time": span(now - (problem.at or now)),
            "reason": in_words(problem.text),
        }
    if problem.kind is Trouble.TOOL:
        return _("The API of the tool has failed for %(time)s: %(reason)s.") % {
            "time": span(now - (problem.at or now)),
            "reason": trouble_text(problem.text),
        }
    if problem.sentence is not None:
        return str(problem.sentence) % {
            "time": span(now - (problem.at or now)),
            "reason": trouble_text(problem.text),
        }
    sentence, _line, detail = problem.text.partition("\n")
    text = f"{problem.folder}: {in_words(sentence)}" + (f" ({detail})" if detail else "")
    if problem.retry_at is None:
        return text
    if problem.retry_at <= now:
        # Not inside the f-string: the translators' tools would not find it there.
        return f"{text} " + _("It is tried again now.")
    return f"{text} " + _("The next attempt is in %(time)s.") % {
        "time": span(problem.retry_at - now)
    }


def span(time: timedelta) -> str:
    """A span in its largest unit, such as "9 hours"."""
    if time < timedelta(minutes=1):
        return _("less than a minute")
    end = datetime(2026, 1, 1)  # noqa: DTZ001  (only the difference counts)
    return timesince(end - max(time, timedelta(0)), end, depth=1)


def _label(light: Light) -> str:
    return {
        Light.OFF: _("off"),
        Light.NEW: _("new"),
        Light.FINE: _("fine"),
        Light.SILENT: _("gone silent"),
        Light.TROUBLE: _("trouble"),
    }[light]


def _text(health: SourceHealth, now: datetime) -> str:
    if health.light is Light.OFF:
        return _("switched off")
    if health.problems:
        return problem_text(health.problems[0], now)
    silence = health.silence
    if silence is None:
        return (
            _("waiting for the first mail")
            if health.source.is_mail
            else _("waiting for the first call")
        )
    if health.light is Light.SILENT and silence.usual_gap is not None:
        return _("silent for %(time)s, the usual gap is %(gap)s") % {
            "time": span(silence.lasts),
            "gap": span(silence.usual_gap),
        }
    if health.source.is_mail:
        return _("last mail %(time)s ago") % {"time": span(silence.lasts)}
    return _("last call %(time)s ago") % {"time": span(silence.lasts)}
