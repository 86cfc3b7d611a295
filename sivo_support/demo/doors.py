"""Real mails and a signed webhook, sent through the doors that everybody uses."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from django.conf import settings
from django.utils import timezone

from sivo_support.demo import letters, texts
from sivo_support.demo.people import Person, person_of
from sivo_support.demo.place import CannotRun, Place
from sivo_support.demo.talks import event
from sivo_support.local_processes import die_with_parent
from tickets.inbound import standard
from tickets.models import Source, Ticket

_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piped:
    """A mail on its way through `ingest_email -`, as a mail server pipes it."""

    process: "subprocess.Popen[bytes]"

    def arrived(self) -> dict[str, str]:
        """What the door said about it. Raises CannotRun when it was not taken."""
        try:
            out, error = self.process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise CannotRun(f"ingest_email did not take a mail within {_SECONDS:g} s.") from late
        if self.process.returncode != 0:
            words = (error or out).decode(errors="replace").strip().splitlines()
            raise CannotRun(f"ingest_email did not take a mail: {' '.join(words[-1:])}")
        line: dict[str, str] = json.loads(out)
        return line


def first_mails(now: datetime) -> list[bytes]:
    """An Enterprise crisis, a question, and one more mail in a conversation that is open."""
    words = texts.scenes()
    unhappy = person_of("helvion-retail", 0)
    open_one = Ticket.objects.filter(subject=words["degraded"]["subject"]).order_by("pk").last()
    mails = [crisis_mail(now), _mail("live_question", person_of("lakeland-travel", 0), "en", now)]
    if open_one is not None:
        mails.append(
            letters.letter(
                person=unhappy,
                subject=f"Re: [{open_one.reference}] {open_one.subject}",
                text=words["degraded_more"]["text"],
                at=now,
                language="en",
            )
        )
    return mails


def crisis_mail(now: datetime) -> bytes:
    """The one with half an hour to answer."""
    return _mail("crisis_live", person_of("clinica-olivares", 1), "es", now)


def pipe(place: Place, mails: Sequence[bytes]) -> list[Piped]:
    """Hands the mails over, all at once; nothing waits."""
    return [_pipe(place, raw) for raw in mails]


def post_webhook(place: Place, source: Source) -> int:
    """A new chat, signed as its tool signs it; the id of the kept delivery. Raises CannotRun."""
    now = timezone.now()
    person, words = person_of("brightwell-energy", 0), texts.scenes()["chat"]
    thread = f"C-{token_hex(4)}"
    body = event(
        now,
        "ticket.created",
        {
            "ticket_id": thread,
            "subject": words["subject"],
            "requester": {"email": person.email, "name": person.name},
            "description": words["text"],
            "channel": "chat",
        },
    )
    headers = standard.sign(
        secrets=source.secret_list[:1], delivery_id=f"{thread}-1", body=body, at=now
    )
    request = urllib.request.Request(  # noqa: S310 - the scheme is ours
        f"{place.address}/hooks/standard/{source.pk}/",
        data=body,
        headers={**headers, "Content-Type": "application/json"},
    )
    try:
        with _opener().open(request, timeout=_SECONDS) as answer:
            return int(json.load(answer)["delivery"])
    except (OSError, ValueError, KeyError) as error:
        raise CannotRun(f"The webhook was not taken: {error}") from error


def is_ready(place: Place) -> bool:
    """Whether the web process answers that it can work."""
    try:
        with _opener().open(f"{place.address}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _opener() -> urllib.request.OpenerDirector:
    """Never by way of a proxy: the address is this machine."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _mail(scene: str, person: Person, language: str, now: datetime) -> bytes:
    words = texts.scenes()[scene]
    return letters.letter(
        person=person, subject=words["subject"], text=words["text"], at=now, language=language
    )


def _pipe(place: Place, raw: bytes) -> Piped:
    process = subprocess.Popen(
        [sys.executable, os.fspath(settings.BASE_DIR / "manage.py"), "ingest_email", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=place.environment(),
        cwd=settings.BASE_DIR,
        preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - prctl alone, no lock taken
        process_group=0,
    )
    if process.stdin is not None:
        process.stdin.write(raw)
        process.stdin.close()
        process.stdin = None  # or `communicate` would flush what is closed
    return Piped(process=process)
