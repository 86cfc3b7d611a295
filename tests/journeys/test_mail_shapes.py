"""A thousand mails of every shape become exactly the tickets and messages that they must."""

import os
from collections import defaultdict
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from tests.journeys.mutations import spoil_bytes
from tests.journeys.shapes import world
from tests.journeys.shapes.conversation import conversation
from tests.journeys.shapes.fates import Subject, check_fates
from tests.journeys.shapes.shaped import SHAPES
from tests.journeys.shapes.writer import OWN_MX
from tickets.domain.incoming import Unreadable
from tickets.inbound.email import parse_mail
from tickets.models import Delivery, DeliveryState, Outcome
from tickets.operations.incoming.receive import receive_delivery
from tickets.tasks import drain_deliveries

SEED = int(os.environ.get("SIVO_MAIL_SEED", "2026"))
CHAOS = os.environ.get("SIVO_CHAOS") == "1"
COUNT, ONE_BY_ONE = (1000, 1000) if CHAOS else (300, 120)
MARKED = conversation(SEED, 300)


def test_the_conversation_has_every_shape_and_is_the_same_each_time() -> None:
    mails = conversation(SEED, COUNT)
    assert conversation(SEED, COUNT) == mails
    assert conversation(SEED + 1, COUNT) != mails
    assert len(SHAPES) >= 60
    for some in (mails, conversation(SEED, 150)):
        assert {mail.shape for mail in some} == set(SHAPES)
    assert all(mail.after is None or mail.after < place for place, mail in enumerate(mails))


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_a_shape_is_read_as_it_must(shape: str) -> None:
    names = defaultdict(lambda: "SIVO-1042")
    mails = [mail for mail in MARKED if mail.shape == shape]
    assert mails
    for mail in mails:
        raw = mail.addressed(names, names)
        if mail.fate.outcome == "quarantined":
            with pytest.raises(Unreadable):
                parse_mail(raw, own_mx_hosts=[OWN_MX])
            continue
        parsed = parse_mail(raw, own_mx_hosts=[OWN_MX])
        assert (parsed.kind, parsed.sender, parsed.subject, len(parsed.attachments)) == (
            mail.fate.kind,
            mail.fate.sender,
            Subject(mail.fate.subject or ""),
            mail.fate.attachments,
        )
        assert mail.fate.says in parsed.body


@pytest.mark.parametrize("part", range(4))
def test_a_spoilt_shape_is_read_or_refused_with_a_reason(part: int) -> None:
    chance, refused = Random(f"{SEED} {part}"), list[str]()
    for mail in MARKED:
        raw = spoil_bytes(chance, mail.raw)
        try:
            parsed = parse_mail(raw, own_mx_hosts=[OWN_MX])
        except Unreadable as error:
            refused.append(str(error))
            continue
        shown = f"{parsed.subject}{parsed.sender}{parsed.body}{parsed.reply}{parsed.html}"
        assert "\x00" not in shown
        shown.encode()  # no lone surrogate, which no database takes
    assert [reason for reason in refused if "could not be understood" in reason] == []


@pytest.mark.django_db
@pytest.mark.usefixtures("terms")
@pytest.mark.parametrize(
    ("count", "at_once"), [(ONE_BY_ONE, 1), (COUNT, COUNT)], ids=["one by one", "many at once"]
)
def test_many_mails_become_exactly_their_tickets_and_messages(
    settings: Any, count: int, at_once: int
) -> None:
    settings.OWN_MX_HOSTS = [OWN_MX]
    world.people()
    door = Door(count)
    while door.is_busy():
        door.keep(at_once)
        drain_deliveries()
        door.look()
    check_fates(door.mails, [door.kept[place] for place in range(count)])


class Door:
    """Keeps the mails of a conversation, each once the one that it answers is understood."""

    def __init__(self, count: int) -> None:
        self.mails = conversation(
            SEED,
            count,
            begins_at=timezone.now() - timedelta(seconds=count),
        )
        self.waiting = list(range(count))
        self.kept: dict[int, Delivery] = {}
        self._sources = world.mailboxes()
        self._references: dict[str, str] = {}
        self._addresses: dict[str, str] = {}

    def is_busy(self) -> bool:
        """Until the last one is understood."""
        return bool(self.waiting) or not all(map(self._is_understood, self.kept))

    def keep(self, most: int) -> None:
        """Those which may come now, in their order."""
        ready = [place for place in self.waiting if self._is_understood(self.mails[place].after)]
        for place in ready[:most]:
            mail, now = self.mails[place], timezone.now()
            self.waiting.remove(place)
            self.kept[place] = receive_delivery(
                source=self._sources[mail.mailbox],
                external_id=f"{place}",
                body=mail.addressed(self._references, self._addresses),
                headers={},
                received_at=now,
                now=now,
            ).delivery

    def _is_understood(self, place: int | None) -> bool:
        if place is None:
            return True
        return place in self.kept and self.kept[place].state != DeliveryState.WAITING

    def look(self) -> None:
        """What has become of them, and which names their tickets have."""
        fresh = [place for place in self.kept if not self._is_understood(place)]
        found = Delivery.objects.select_related("ticket").in_bulk(
            [self.kept[place].pk for place in fresh]
        )
        for place in fresh:
            delivery = self.kept[place] = found[self.kept[place].pk]
            label = self.mails[place].fate.ticket
            if delivery.outcome == Outcome.OPENED and delivery.ticket and label:
                self._references[label] = delivery.ticket.reference
                self._addresses[label] = world.plus_address_of(delivery.ticket.pk)
