"""Mail is neither lost nor doubled while the fetcher and the worker are killed with kill -9."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from sla.models import Heartbeat
from tests.journeys.postman import Postman
from tests.journeys.processes import House, house, wait_until
from tests.journeys.shapes import world
from tests.journeys.shapes.conversation import conversation
from tests.journeys.shapes.fates import check_fates, in_order_of
from tests.journeys.shapes.shaped import Shaped
from tests.journeys.shapes.writer import OWN_MX
from tests.tickets.dovecot import PASSWORD, Dovecot, dovecot, needs_dovecot
from tickets.models import Delivery, DeliveryState, Mailbox, MailFolder

pytestmark = [
    needs_dovecot,
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("terms"),
]

CHAOS = os.environ.get("SIVO_CHAOS") == "1"
SEED = int(os.environ.get("SIVO_MAIL_SEED", "2026"))
MAILS, KILLS = (1000, 10) if CHAOS else (150, 4)
# Small enough for the kills to meet work at hand, whatever was brought before them.
AT_ONCE = 10
SETTLE_SECONDS = 300.0 if CHAOS else 75.0
PARTS = ("redis", "worker", "beat", "fetcher")


@pytest.fixture
def server() -> Iterator[Dovecot]:
    """A mail server of this test's own."""
    with dovecot() as made:
        yield made


@pytest.fixture
def postman(server: Dovecot, transactional_db: None) -> Postman:
    """The mailboxes are configured, and all mails lie ready."""
    world.people()
    users = {}
    for name, source in world.mailboxes().items():
        users[name] = server.new_user()
        Mailbox.objects.create(
            source=source,
            host="127.0.0.1",
            port=server.port,
            security="none",
            username=users[name],
            password=PASSWORD,
            starts_at=timezone.now() - timedelta(hours=1),
            poll_seconds=5,
        )
    return Postman(server, users, conversation(SEED, MAILS, begins_at=timezone.now()))


@pytest.fixture
def running(tmp_path: Path, postman: Postman) -> Iterator[House]:
    """The fetcher has looked into each mailbox, and the sweep has run once."""
    with house(tmp_path, parts=PARTS, more_env={"SIVO_OWN_MX_HOSTS": OWN_MX}) as made:
        made.start()
        try:
            wait_until(Heartbeat.objects.filter(name="sweep").exists, 90, "the sweep has run")
            looked_at = MailFolder.objects.filter(polled_at__isnull=False)
            wait_until(lambda: looked_at.count() == len(postman.users), 90, "all were looked at")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{made.logs()}") from error
        yield made


def test_each_mail_has_its_fate_when_fetcher_and_worker_are_killed_at_any_moment(
    running: House, postman: Postman
) -> None:
    chance = random.Random(SEED)
    fetcher, worker = running.processes["fetcher"], running.processes["worker"]
    ways: dict[str, Callable[[], None]] = {
        "the fetcher": fetcher.kill,
        "the worker": worker.kill,
        "a worker child": lambda: worker.kill_a_child(chance.choice),
    }
    plan = [*ways, "the fetcher", *chance.choices(list(ways), [5, 2, 3], k=KILLS)][:KILLS]
    chance.shuffle(plan)
    done: Counter[str] = Counter()
    began = last = time.monotonic()
    while postman.waiting:
        if postman.bring(AT_ONCE):
            last = time.monotonic()
        assert time.monotonic() - last < SETTLE_SECONDS, f"no mail may go on; {running.logs()}"
        time.sleep(chance.uniform(0.0, 0.4))
        brought = 1 - len(postman.waiting) / MAILS
        if done.total() < len(plan) and brought >= (done.total() + 0.5) / len(plan):
            name = plan[done.total()]
            ways[name]()
            done[name] += 1
        running.mend()
    assert done == Counter(plan)
    assert fetcher.starts >= 2
    assert worker.starts >= 2
    kept = _without_the_same_bytes(postman.mails)
    settled = wait_until(
        lambda: not running.mend() and _finished() == len(kept),
        SETTLE_SECONDS,
        f"all done; {running.logs()}",
    )
    print(f"{done} in {time.monotonic() - began:.1f} s, settled after {settled:.1f} s")
    mails = [postman.mails[place] for place in kept]
    raws = [postman.raws[place] for place in kept]
    check_fates(mails, in_order_of(raws, Delivery.objects.select_related("ticket")))


def _finished() -> int:
    return Delivery.objects.exclude(state=DeliveryState.WAITING).count()


def _without_the_same_bytes(mails: list[Shaped]) -> list[int]:
    """The places of the mails that are kept: a mailbox keeps the very same bytes once."""
    return [place for place, mail in enumerate(mails) if mail.shape != "the_very_same_bytes"]
