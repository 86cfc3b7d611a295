"""Mails that may belong together are understood one after the other, whoever holds them."""

import hashlib
from collections.abc import Iterable

from django.db import connection

from tickets.operations.incoming.known import Arrival
from tickets.operations.ticket.write_message import stored_key

# What a mail answers comes first; a server has room for a few thousand locks.
_LOCKED_REFERENCES = 5


def meet(arrivals: Iterable[Arrival]) -> None:
    """Lets no other transaction look up the same Message-IDs before this one has ended.

    Else one mail in two of our mailboxes opens two tickets, and so does a mail with its answer.
    """
    ids: set[str] = set()
    for arrival in arrivals:
        if not arrival.incoming.thread:
            ids |= {stored_key(arrival.incoming), *arrival.incoming.references[:_LOCKED_REFERENCES]}
    # In one order, so that no two ever wait for each other.
    numbers = sorted(
        int.from_bytes(hashlib.sha256(each.encode(errors="replace")).digest()[:8], signed=True)
        for each in ids - {""}
    )
    if numbers:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number",
                [numbers],
            )
