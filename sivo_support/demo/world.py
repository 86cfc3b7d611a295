"""The sample world: weeks of plausible work, loaded once, through the real doors."""

import random
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta

from django.conf import settings
from django.core.mail.backends.dummy import EmailBackend
from django.db import connection, transaction

from sivo_support import local_stack
from sivo_support.demo import texts
from sivo_support.demo.duty import add_duty
from sivo_support.demo.history import History, Story
from sivo_support.demo.mail_scenes import MAIL_SCENES
from sivo_support.demo.people import Client, People, make_people
from sivo_support.demo.scenes import MADRID, SCENES, Stage, open_now
from sivo_support.demo.stories import choose_way
from sivo_support.demo.talks import ChatTalk, Talk
from sivo_support.demo.texts import Conversation
from sla.queries.terms.calendars import current_calendars, hours_of
from tickets.domain.incoming import Author
from tickets.domain.words import AuthorKind, Channel
from tickets.models import Customer, Source, SourceKind
from tickets.operations.incoming.ingest_mail import mailbox
from tickets.operations.ticket.contacts import find_or_make_contact

CHAT_SOURCE = "Chat tool (demo)"
TICKETS = 84
DAYS = 27
MARK = "clinica-olivares"
_SEED = 20261101


def is_loaded() -> bool:
    """All or nothing: the world is one transaction."""
    return Customer.objects.filter(code=MARK).exists()


@transaction.atomic
def load_world(*, now: datetime, tick: Callable[[datetime], None]) -> None:
    """Loads the world relative to `now` (aware); `tick` hears how far it is."""
    settings.EMAIL_BACKEND = f"{EmailBackend.__module__}.{EmailBackend.__name__}"
    with connection.cursor() as cursor:
        # One commit at the end, and the driver's plans would not outlive the first hundred rows.
        cursor.execute("SET LOCAL synchronous_commit TO off")
    rng = random.Random(_SEED)  # noqa: S311 - a plausible world, not a secret one
    people = make_people(now=now)
    add_duty(people, now)
    chat = chat_source()
    office = hours_of(current_calendars()["es-office"])
    stage = Stage(people=people, office=office, helpdesk=chat, now=now)
    _add_private_address(people)
    history = History(now=now, tick=tick)
    for scene in (*SCENES, *MAIL_SCENES):
        history.add(scene(stage))
    for story in open_now(stage):
        history.add(story)
    for story in _ordinary(people, chat, now, rng):
        history.add(story)
    history.tell()
    # What comes from now on is acknowledged; nobody wrote in the weeks before.
    source = mailbox()
    source.acknowledges = True
    source.save(update_fields=["acknowledges"])


def chat_source() -> Source:
    """The tool that tells us by signed webhooks, with a secret of this checkout."""
    secret = local_stack.local_secret("demo_webhook").encode()[:32]
    source, _ = Source.objects.get_or_create(
        name=CHAT_SOURCE,
        defaults={
            "kind": SourceKind.STANDARD,
            "channel": Channel.CHAT,
            "secrets": f"whsec_{b64encode(secret).decode()}",
        },
    )
    return source


def _add_private_address(people: People) -> None:
    """A domain that anybody can use says nothing, so this person is a contact by address."""
    author = Author(
        kind=AuthorKind.CUSTOMER, email="basilio.cano@correo.example", name="Basilio Cano (privado)"
    )
    contact = find_or_make_contact(author, trusted=False)
    if contact is not None:
        contact.customer = people.clients["hostal-la-muralla"].customer
        contact.save(update_fields=["customer"])


def _ordinary(people: People, chat: Source, now: datetime, rng: random.Random) -> Iterator[Story]:
    clients = list(people.clients.values())
    agents = people.agents
    decks: dict[str, list[Conversation]] = {}
    for number in range(TICKETS):
        client = rng.choices(clients, [client.weight for client in clients])[0]
        words = _draw(decks, client.language, rng).filled(rng)
        person = rng.choice(client.people)
        agent = rng.choice(agents)
        if number % 8 == 3:
            talk: Talk = ChatTalk(
                person=person,
                language=client.language,
                agent=agent,
                subject=words.subject,
                source=chat,
                thread=f"C-{4100 + number}",
            )
        else:
            talk = Talk(person=person, language=client.language, agent=agent, subject=words.subject)
        way = choose_way(words, rng)
        at = _opening(client, now, rng)
        yield way(talk, words, at, random.Random(rng.random()))  # noqa: S311 - as above


def _draw(decks: dict[str, list[Conversation]], language: str, rng: random.Random) -> Conversation:
    """No conversation comes again before all the others of its language have."""
    if not decks.get(language):
        decks[language] = list(texts.conversations(language))
        rng.shuffle(decks[language])
    return decks[language].pop()


def _opening(client: Client, now: datetime, rng: random.Random) -> datetime:
    """When somebody writes: in office hours, Enterprise also at night and on Sundays."""
    around_the_clock = client.plan == "enterprise" and rng.random() < 0.3
    while True:
        # More of the recent ones, so that a good part of them is still open.
        back = rng.randint(0, 4) if rng.random() < 0.25 else rng.randint(0, DAYS)
        day = now.astimezone(MADRID).date() - timedelta(days=back)
        hour = rng.uniform(0, 24) if around_the_clock else rng.triangular(8.4, 18.6, 11)
        at = datetime.combine(day, time(), MADRID) + timedelta(hours=hour)
        if at < now and (around_the_clock or day.weekday() < 5):
            return at.replace(microsecond=0)
