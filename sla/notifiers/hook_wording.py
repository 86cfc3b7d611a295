"""The words of the mail about a webhook that fails: what, since when, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sla.domain.escalation.notice import HookTrouble, NoticeFacts
from tickets.outbound.wording import moment_words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    warned: str
    disabled: str
    failing: str
    failed: str
    gone: str
    goes_on: str
    kept: str
    todo: str
    todo_gone: str
    link: str


_ENGLISH: Final = _Words(
    warned="Webhook “{name}” has been failing for a day",
    disabled="Webhook “{name}” is disabled",
    failing="Since {since} the receiver has taken no call.",
    failed="From {since} on the receiver took no call for three days; it is not called any more.",
    gone="The receiver answered 410 (wants no more calls); it is not called any more.",
    goes_on="We go on trying. After three days without success the webhook is disabled.",
    kept="What it has not been told is kept for 30 days, and so is what happens meanwhile.",
    todo="What to do: look at the answers on its page, mend the receiver, press “Send a test”. "
    "After that “Switch on again” sends what waits.",
    todo_gone="What to do: if that is right, switch the webhook off on its page. If not, mend the "
    "receiver and press “Switch on again”.",
    link="Its page: ",
)
_SPANISH: Final = _Words(
    warned="El webhook «{name}» falla desde hace un día",
    disabled="El webhook «{name}» está desactivado",
    failing="Desde {since} el receptor no ha aceptado ninguna llamada.",
    failed="Desde {since} el receptor no aceptó ninguna llamada en tres días; ya no se le llama.",
    gone="El receptor respondió 410 (no quiere más llamadas); ya no se le llama.",
    goes_on="Seguimos intentándolo. Tras tres días sin éxito el webhook se desactiva.",
    kept="Lo que no se le ha contado se guarda 30 días, y también lo que ocurra mientras tanto.",
    todo="Qué hacer: mire las respuestas en su página, arregle el receptor y pulse «Enviar una "
    "prueba». Después, «Activar de nuevo» envía lo que espera.",
    todo_gone="Qué hacer: si es correcto, desactive el webhook en su página. Si no, arregle el "
    "receptor y pulse «Activar de nuevo».",
    link="Su página: ",
)
_LANGUAGES: Final[Mapping[str, _Words]] = {"en": _ENGLISH, "es": _SPANISH}


def hook_sections(trouble: HookTrouble, facts: NoticeFacts) -> tuple[str, list[list[str]]]:
    """The subject, and the paragraphs by their lines."""
    words = _LANGUAGES.get(facts.language, _ENGLISH)
    since = moment_words(trouble.since, facts.zone, facts.language)
    if trouble.what != "disabled":
        told, subject = [words.failing.format(since=since), words.goes_on], words.warned
        todo = words.todo
    elif trouble.reason == "gone":
        told, subject, todo = [words.gone, words.kept], words.disabled, words.todo_gone
    else:
        told = [words.failed.format(since=since), words.kept]
        subject, todo = words.disabled, words.todo
    return subject.format(name=trouble.name), [told, [todo], [words.link + facts.link]]
