"""What only mail can tell: pictures and files, answers that do not arrive, a mailbox by IMAP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend

from sivo_support.demo.history import Story
from sivo_support.demo.imap import ImapTalk, first_look, last_look, make_mailbox
from sivo_support.demo.rich_letters import rich_letter
from sivo_support.demo.scenes import Stage, local
from sivo_support.demo.texts import scenes
from tickets.operations.outgoing.answer import NewFile
from tickets.outbound.server import RefusedForGood


class Refusing(BaseEmailBackend):
    """A mail server that knows nobody."""

    def send_messages(self, email_messages: Any) -> int:
        """Raises RefusedForGood, as for a recipient that the server does not know."""
        raise RefusedForGood(f"550 5.1.1 <{email_messages[0].to[0]}>: Recipient unknown")


def illustrated(stage: Stage) -> Story:
    """A formatted mail with a chart, a picture of elsewhere and a file; the answer has one too."""
    words, talk = stage.words("illustrated"), stage.talk("illustrated", "helvion-retail", "arthur")
    at = stage.ago(minutes=80)
    yield at
    talk.open_with(
        at,
        rich_letter(
            person=talk.person,
            subject=talk.subject,
            text=words["text"],
            at=at,
            language=talk.language,
        ),
    )
    at += timedelta(minutes=38)
    yield at
    talk.take(at)
    plan = NewFile(name="plan.csv", media_type="text/csv", content=words["plan"].encode())
    talk.answer_with(at, words["answer"], [plan])


def unreached(stage: Stage) -> Story:
    """The answer has just come back, and nobody has looked yet."""
    words, talk = stage.words("unreached"), stage.talk("unreached", "optica-reyes", "alice")
    at = stage.ago(minutes=95)
    yield at
    talk.open(at, words["text"])
    at += timedelta(minutes=50)
    yield at
    talk.take(at)
    talk.answer(at, words["answer"])
    at += timedelta(seconds=52)
    yield at
    talk.bounce(at)


def refused(stage: Stage) -> Story:
    """Our mail server takes no mail for that address: the answer waits to be sent again."""
    words, talk = stage.words("refused"), stage.talk("refused", "lakeland-travel", "aitana")
    at = stage.ago(minutes=130)
    yield at
    talk.open(at, words["text"])
    at += timedelta(minutes=41)
    yield at
    talk.take(at)
    with _refusing():
        talk.answer(at, words["answer"])


def by_imap(stage: Stage) -> Story:
    """A mailbox of its own for billing, read since two weeks; what was in it before stays there."""
    person = stage.people.clients["seguros-aldaba"].people[0]
    first, second = scenes()["billing"], scenes()["billing_again"]
    opened_at = local(stage.working_day(9), "08:30")
    yield opened_at
    folder = first_look(make_mailbox(starts_at=opened_at), at=opened_at)
    agent = stage.people.staff["andres"]
    for words, back, clock in ((first, 7, "12:14"), (second, 1, "17:52")):
        talk = ImapTalk(
            person=person, language="es", agent=agent, subject=words["subject"], folder=folder
        )
        at = local(stage.working_day(back), clock)
        yield at
        talk.open(at, words["text"])
        if "answer" in words:
            at = talk.due(0.3)
            yield at
            talk.take(at)
            talk.answer(at, words["answer"])
    yield stage.now
    last_look(folder, at=stage.now)


@contextmanager
def _refusing() -> Iterator[None]:
    before = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{Refusing.__module__}.{Refusing.__name__}"
    try:
        yield
    finally:
        settings.EMAIL_BACKEND = before


MAIL_SCENES: tuple[Callable[[Stage], Story], ...] = (illustrated, unreached, refused, by_imap)
