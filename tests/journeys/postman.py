"""Puts mails into real mailboxes as a delivery agent does, each after the mail that it answers."""

import hashlib
import os
import time
from collections import deque
from dataclasses import dataclass, field

from tests.journeys.shapes.shaped import Shaped
from tests.journeys.shapes.world import plus_address_of
from tests.tickets.dovecot import Dovecot
from tickets.models import Delivery, DeliveryState


@dataclass
class Postman:
    """Knows which mails still have to be brought, and what has become of those before them."""

    server: Dovecot
    users: dict[str, str]
    mails: list[Shaped]
    raws: dict[int, bytes] = field(default_factory=dict)
    waiting: deque[int] = field(default_factory=deque)
    names: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    _understood: set[int] = field(default_factory=set)
    _place_of: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.waiting.extend(range(len(self.mails)))
        for user in self.users.values():
            with self.server.client(user) as client:
                client.select_folder("INBOX")  # makes the folders

    def bring(self, most: int) -> int:
        """Puts up to so many mails into their mailboxes, in their order; how many could go."""
        self._look()
        brought, kept = 0, deque[int]()
        while self.waiting and brought < most:
            place = self.waiting.popleft()
            after = self.mails[place].after
            if after is None or after in self._understood:
                self._drop(place)
                brought += 1
            else:
                kept.append(place)
        self.waiting.extendleft(reversed(kept))
        return brought

    def _look(self) -> None:
        """What has been understood meanwhile, and which references the tickets were given."""
        done = Delivery.objects.exclude(state=DeliveryState.WAITING)
        for digest, ticket in done.values_list("body_sha256", "ticket_id"):
            place = self._place_of.get(digest)
            if place is None or place in self._understood:
                continue
            self._understood.add(place)
            fate = self.mails[place].fate
            if fate.outcome == "opened" and fate.ticket:
                self.names[fate.ticket] = f"SIVO-{ticket}"
                self.addresses[fate.ticket] = plus_address_of(ticket)

    def _drop(self, place: int) -> None:
        mail = self.mails[place]
        raw = mail.addressed(self.names, self.addresses)
        self.raws[place] = raw
        # The first of the same bytes is the one that is waited for.
        self._place_of.setdefault(hashlib.sha256(as_handed_out(raw)).hexdigest(), place)
        folder = self.server.folder / "mail" / self.users[mail.mailbox]
        path = folder / "tmp" / f"{time.time_ns()}.M{place}.host"
        path.write_bytes(raw)
        os.chown(path, self.server.user.uid, self.server.user.gid)
        path.rename(folder / "new" / path.name)


def as_handed_out(raw: bytes) -> bytes:
    """The bytes as an IMAP server sends them: lines end with CRLF, no byte is NUL."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").replace(b"\x00", b"\x80")
