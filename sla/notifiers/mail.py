"""A notice as a mail: the same Message-ID over all attempts, one thread for each ticket."""

import re
from datetime import datetime
from hashlib import sha256
from typing import Final
from zoneinfo import ZoneInfo

from sla.domain.escalation.notice import NoticeFacts
from sla.notifiers import outcomes
from sla.notifiers.wording import Text
from tickets.outbound import server
from tickets.outbound.letter import Draft, Letter, NoAddress, write_letter
from tickets.outbound.mail import sender_of

_ADDRESS = re.compile(r"\S+@\S+")
_LONGEST_WORDS: Final = 300


def message_id_of(key: str, address: str) -> str:
    """The Message-ID (without brackets) of the notice with this key; `address`: the sender's."""
    domain = address.rpartition("@")[2] or "localhost"
    return f"notice.{sha256(key.encode()).hexdigest()[:32]}@{domain}"


def write_notice(*, facts: NoticeFacts, text: Text, to: str, sender: str, now: datetime) -> Letter:
    """The finished mail; `sender`: the address that it comes from. Raises RefusedForGood.

    No reply address: an answer would become a ticket's message, and nobody's promise.
    """
    message_id = message_id_of(facts.key, sender)
    who = sender_of(ticket=0, address=sender, message_id=message_id)
    domain = sender.rpartition("@")[2] or "localhost"
    tickets = dict.fromkeys(line.ticket_id for line in facts.lines)
    draft = Draft(
        to=to,
        from_name=who.name,
        from_address=who.address,
        subject=text.subject,
        body=text.body,
        language=facts.language,
        at=now.astimezone(ZoneInfo(facts.zone)),
        message_id=message_id,
        # No such mail exists: mail programs gather what names the same one.
        references=[f"notices.of.{ticket}@{domain}" for ticket in tickets][:5],
        loop_token=who.loop_token,
        generated=True,
    )
    try:
        return write_letter(draft)
    except NoAddress:
        raise outcomes.RefusedForGood("there is no usable mail address") from None


def send_notice(line: server.MailServer, letter: Letter) -> None:
    """Returns when our mail server took it. Raises NotDelivered."""
    try:
        line.hand_over(letter)
    except server.LineBroke as error:
        raise outcomes.LineBroke(_words(error)) from error
    except server.ServerAway as error:
        raise outcomes.ServerAway(_words(error)) from error
    except server.RefusedForGood as error:
        raise outcomes.RefusedForGood(_words(error)) from error
    except server.NotTaken as error:
        raise outcomes.TryAgain(_words(error)) from error


def _words(error: Exception) -> str:
    # What the server answers may repeat the address, which has its own place.
    return _ADDRESS.sub("…", str(error))[:_LONGEST_WORDS]
