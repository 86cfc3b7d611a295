"""The tickets that a visitor should see: late, nearly late, misjudged, bounced, unknown, spam."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sivo_support.demo import texts
from sivo_support.demo.history import Story
from sivo_support.demo.people import People, Person
from sivo_support.demo.talks import Talk, event
from sla.domain.time.business_hours import BusinessHours
from tickets.domain.instants import to_microseconds
from tickets.domain.words import Severity
from tickets.models import Source
from tickets.operations.incoming.process import process_delivery
from tickets.operations.incoming.receive import receive_delivery

MADRID = ZoneInfo("Europe/Madrid")
STRANGER = Person(name="Bart Novak", email="bart.novak@mail.example")
SPAMMER = Person(name="SEO Growth Team", email="growth@traffic.example")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What scenes are made of."""

    people: People
    office: BusinessHours
    helpdesk: Source
    now: datetime

    def talk(self, scene: str, client: str, agent: str, *, person: int = 0) -> Talk:
        """A talk of this scene with a person of a customer."""
        found = self.people.clients[client]
        return self._talk(scene, found.people[person], found.language, agent)

    def stranger(self, scene: str, person: Person, agent: str) -> Talk:
        """A talk with somebody whom we do not know."""
        return self._talk(scene, person, "en", agent)

    def words(self, scene: str) -> dict[str, str]:
        """The texts of a scene."""
        return dict(texts.scenes()[scene])

    def ago(self, **parts: float) -> datetime:
        """So long before now."""
        return self.now - timedelta(**parts)

    def working_day(self, back: int, *, before_closed: bool = False) -> date:
        """The local date this many working days ago; or the last ones before a closed day."""
        day = self.now.astimezone(MADRID).date()
        while True:
            day -= timedelta(days=1)
            if not self._is_open(day) or (before_closed and self._is_open(day + timedelta(days=1))):
                continue
            back -= 1
            if back <= 0:
                return day

    def _is_open(self, day: date) -> bool:
        start, end = local(day, "00:00"), local(day + timedelta(days=1), "00:00")
        return self.office.between_us(to_microseconds(start), to_microseconds(end)) > 0

    def _talk(self, scene: str, person: Person, language: str, agent: str) -> Talk:
        return Talk(
            person=person,
            language=language,
            agent=self.people.staff[agent],
            subject=texts.scenes()[scene]["subject"],
        )


def local(day: date, clock: str) -> datetime:
    """A time of day in Spain."""
    return datetime.combine(day, time.fromisoformat(clock), MADRID)


def open_now(stage: Stage) -> list[Story]:
    """Nobody has answered these yet: two are nearly late, one is late, one has no customer."""
    talks = {
        "crisis": (stage.talk("crisis", "clinica-olivares", "alice"), 24),
        "degraded": (stage.talk("degraded", "helvion-retail", "arthur"), 111),
        "late_open": (stage.talk("late_open", "helvion-retail", "arthur", person=1), 540),
        "unknown": (stage.stranger("unknown", STRANGER, "alice"), 17),
    }
    return [
        _only_opened(talk, stage.words(scene)["text"], stage.ago(minutes=minutes))
        for scene, (talk, minutes) in talks.items()
    ]


def _only_opened(talk: Talk, text: str, at: datetime) -> Story:
    yield at
    talk.open(at, text)


def late_night(stage: Stage) -> Story:
    """A crisis at night, answered 22 minutes late."""
    words, talk = stage.words("late_night"), stage.talk("late_night", "clinica-olivares", "andres")
    at = local(stage.ago(days=4).astimezone(MADRID).date(), "02:41")
    yield at
    talk.open(at, words["text"])
    at += timedelta(minutes=52)
    yield at
    talk.take(at)
    talk.answer(at, words["answer"])
    at += timedelta(hours=1, minutes=5)
    yield at
    talk.solve(at)


def misjudged(stage: Stage) -> Story:
    """Read as a question, raised hours later: late triage, and a catch-up target that is met."""
    words, talk = stage.words("misjudged"), stage.talk("misjudged", "transportes-ebro", "aitana")
    at = local(stage.ago(days=3).astimezone(MADRID).date(), "09:12")
    yield at
    talk.open(at, words["text"])
    at += timedelta(hours=2, minutes=40)
    yield at
    talk.take(at)
    talk.judge(at, Severity.S1, words["note"])
    at += timedelta(minutes=9)
    yield at
    talk.answer(at, words["answer"])
    at += timedelta(minutes=35)
    yield at
    talk.solve(at)


def bounced(stage: Stage) -> Story:
    """The answer came back, so it never counted; the second one was late."""
    words, talk = stage.words("bounced"), stage.talk("bounced", "seguros-aldaba", "alice")
    at = local(stage.working_day(3), "10:05")
    yield at
    talk.open(at, words["text"])
    at = talk.due(0.4)
    yield at
    talk.take(at)
    talk.answer(at, words["answer"])
    at += timedelta(seconds=48)
    yield at
    talk.bounce(at)
    at = talk.due(1.25)
    yield at
    talk.answer(at, words["again"])


def weekend(stage: Stage) -> Story:
    """Four business hours that begin before closed days and end after them."""
    words, talk = (
        stage.words("weekend"),
        stage.talk("weekend", "seguros-aldaba", "andres", person=1),
    )
    at = local(stage.working_day(1, before_closed=True), "16:20")
    yield at
    talk.open(at, words["text"])
    at = talk.due(0.8)
    yield at
    talk.take(at)
    talk.answer(at, words["answer"])


def lowered(stage: Stage) -> Story:
    """The rules were careful; a person lowers the severity and says why."""
    words, talk = stage.words("lowered"), stage.talk("lowered", "grupo-hortaleza", "aitana")
    at = local(stage.working_day(5), "11:20")
    yield at
    talk.open(at, words["text"])
    at = talk.due(0.2)
    yield at
    talk.take(at)
    talk.judge(at, Severity.S3, words["reason"])
    at = talk.due(0.5)
    yield at
    talk.answer(at, words["answer"])


def away(stage: Stage) -> Story:
    """An out-of-office answer neither ends the wait nor counts as the customer's."""
    words = stage.words("away")
    talk = stage.talk("away", "grupo-hortaleza", "andres", person=1)
    at = local(stage.working_day(2), "12:30")
    yield at
    talk.open(at, words["text"])
    at = talk.due(0.3)
    yield at
    talk.take(at)
    talk.answer(at, words["answer"])
    at += timedelta(seconds=20)
    yield at
    talk.wait(at)
    at += timedelta(seconds=50)
    yield at
    talk.echo(at, words["reply"])


def spam(stage: Stage) -> Story:
    """Nobody's customer, nothing to answer."""
    words, talk = stage.words("spam"), stage.stranger("spam", SPAMMER, "alice")
    at = local(stage.working_day(6), "13:02")
    yield at
    talk.open(at, words["text"])
    at += timedelta(minutes=14)
    yield at
    talk.refuse(at)


def quarantined(stage: Stage) -> Story:
    """A signed webhook that nobody can read: kept, shown, and replayable."""
    at = local(stage.working_day(2), "17:31")
    yield at
    body = event(at, "ticket.message.created", {"ticket_id": "C-4999", "body": "…"})[:-9]
    received = receive_delivery(
        source=stage.helpdesk,
        external_id="C-4999-1",
        body=body,
        headers={"content-type": "application/json"},
        received_at=at,
        now=at,
    )
    process_delivery(delivery_id=received.delivery.pk, now=at)


SCENES: tuple[Callable[[Stage], Story], ...] = (
    late_night,
    misjudged,
    bounced,
    weekend,
    lowered,
    away,
    spam,
    quarantined,
)
