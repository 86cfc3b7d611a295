"""How far a sender is believed: a forged "From" speaks for no company and stops no clock."""

from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings
from django.contrib.auth.models import User

from tickets.domain.incoming import IncomingMessage
from tickets.domain.words import AuthorKind, MailRole
from tickets.models import Delivery


def is_trusted(incoming: IncomingMessage, delivery: Delivery) -> bool:
    """Whether the stated sender may be believed.

    A signed webhook vouches for its authors, and so does the folder of what we sent. A mail needs
    DMARC to pass where our own mail servers are named (SIVO_OWN_MX_HOSTS); where none is, nobody
    has checked and all are believed.
    """
    if not delivery.source.is_mail or delivery.role == MailRole.SENT:
        return True
    if incoming.authenticated is None:
        return not settings.OWN_MX_HOSTS
    return incoming.authenticated


def as_agent_if_proven(
    incoming: IncomingMessage, delivery: Delivery, agents: Mapping[str, User]
) -> IncomingMessage:
    """A mail as one of ours, when it lay among what we sent or a passed DMARC proves it."""
    if not delivery.source.is_mail:
        return incoming
    sent = delivery.role == MailRole.SENT
    proven = incoming.authenticated and incoming.author.email.lower() in agents
    if sent or proven:
        return replace(incoming, author=replace(incoming.author, kind=AuthorKind.AGENT))
    return incoming
