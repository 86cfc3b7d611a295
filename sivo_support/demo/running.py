"""One run of the demo: from nothing to a service that works, and back to nothing."""

import gc
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone
from environ import Env

from sivo_support import local_stack
from sivo_support.demo import doors
from sivo_support.demo.people import PASSWORD
from sivo_support.demo.place import CannotRun, Place
from sivo_support.demo.processes import Crew
from sivo_support.demo.screen import Screen
from sivo_support.demo.summary import sights
from sivo_support.demo.world import chat_source, is_loaded, load_world
from sla.models import Heartbeat
from sla.operations.escalation.policies import load_escalation
from sla.operations.terms.load_terms import load_terms
from tickets.models import Delivery, DeliveryState, Ticket

READY_SECONDS = 90.0
_PAUSE_SECONDS = 0.1
_LOGINS = (
    ("alice", "agent", "answers tickets"),
    ("carla", "customer success", "reads her customers and the missed targets"),
    ("olga", "operator", "sources, customers, contracts, deliveries"),
)


class Interrupted(BaseException):
    """Ctrl-C, a polite kill, a closed terminal, or the end of `make`."""


@dataclass(slots=True)
class Demo:
    """The steps, in order; every one of them may be interrupted."""

    place: Place
    screen: Screen
    crew: Crew
    parent: int = field(default_factory=os.getppid)

    def prepare(self) -> bool:
        """Servers, tables, terms and the world; True when the world is new."""
        # A quarter of it would be looking for garbage, of which there is little.
        gc.set_threshold(100_000)
        with self.screen.step("Postgres and Redis"):
            local_stack.join()
        with self.screen.step("Tables and terms"):
            with _as_owner():
                call_command("migrate", verbosity=0, interactive=False)
            load_terms(now=timezone.now())
            load_escalation(now=timezone.now())
        if is_loaded():
            self.screen.say("  The sample world is there already: its data is kept.")
            return False
        with self.screen.step("Sample world") as step:
            # A piped mail or a stated sender is believed as on a machine without mail servers.
            settings.OWN_MX_HOSTS = []
            load_world(now=timezone.now(), tick=self._tell)
            step.note = f"{Ticket.objects.count()} tickets of four weeks"
        return True

    def start(self, *, is_first: bool) -> None:
        """The processes, and something new through each door."""
        began, source = timezone.now(), chat_source()
        with self.screen.step("Web, worker and beat"):
            self.crew.start()
            mails = doors.first_mails(began) if is_first else [doors.crisis_mail(began)]
            piped = doors.pipe(self.place, mails)
            self._wait(lambda: doors.is_ready(self.place), "The web process does not answer")
        with self.screen.step("Mails through the door") as step:
            arrived = [mail.arrived() for mail in piped]
            step.note = ", ".join(f"{line['ticket']} {line['outcome']}" for line in arrived)
        with self.screen.step("A signed webhook") as step:
            kept = doors.post_webhook(self.place, source)
            waiting = Delivery.objects.filter(pk=kept, state=DeliveryState.WAITING)
            self._wait(lambda: not waiting.exists(), "The worker took no delivery")
            opened = Ticket.objects.get(deliveries=kept)
            step.note = f"{opened.reference} opened by the worker"
        with self.screen.step("The first sweep"):
            self._wait(
                Heartbeat.objects.filter(name="sweep", at__gte=began).exists,
                "No sweep was made",
            )

    def show(self) -> None:
        """Where to go, as whom, and what to look at."""
        self.screen.heading(f"Open {self.place.address}/")
        self.screen.heading(f"Log in (the password is {PASSWORD} for all)")
        self.screen.table(_LOGINS)
        self.screen.heading("Look first at")
        self.screen.table(sights(self.place, now=timezone.now()))
        self.screen.say()
        self.screen.say(f"Logs are in {self.place.folder}. Ctrl-C stops everything.")

    def watch(self) -> None:
        """Keeps the processes running until somebody interrupts."""
        while True:
            self._look_after()
            time.sleep(_PAUSE_SECONDS * 3)

    def stop(self) -> None:
        """Nothing of ours runs when this returns; the servers stay while others use them."""
        self.crew.stop()
        connections.close_all()
        local_stack.leave()

    def _look_after(self) -> None:
        for line in self.crew.mend():
            self.screen.say(line)
        # A shell may go (nohup); `make` has no other purpose than this.
        if "MAKELEVEL" in os.environ and os.getppid() != self.parent:
            raise Interrupted

    def _tell(self, at: datetime) -> None:
        self._look_after()
        self.screen.progress("Sample world", f"{timezone.localtime(at):%d %b}")

    def _wait(self, is_done: Callable[[], bool], otherwise: str) -> None:
        ends_at = time.monotonic() + READY_SECONDS
        while not is_done():
            self._look_after()
            if time.monotonic() > ends_at:
                raise CannotRun(f"{otherwise}: see the logs in {self.place.folder}.")
            time.sleep(_PAUSE_SECONDS)


@contextmanager
def interruptible() -> Iterator[None]:
    """Signals that ask us to stop raise Interrupted, once; later ones cannot disturb the stop."""
    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(*_: object) -> None:
        for name in asked:
            signal.signal(name, signal.SIG_IGN)
        raise Interrupted

    before = {name: signal.signal(name, stop) for name in asked}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


@contextmanager
def _as_owner() -> Iterator[None]:
    """Only the owning role may change the schema (decision D5)."""
    owner = Env.db_url_config(settings.DATABASE_OWNER_URL)
    app = {key: connection.settings_dict.get(key) for key in ("USER", "PASSWORD")}
    connection.close()
    connection.settings_dict.update({key: owner.get(key, "") for key in app})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(app)
