"""Who wrote a message, as far as it is known and proven."""

from dataclasses import dataclass

from django.contrib.auth.models import User

from tickets.models import Contact, Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The person; `customer` is None when unknown or when the claim could not be trusted.

    `addressee` is the customer's person when one of ours opens a ticket for them.
    """

    contact: Contact | None
    customer: Customer | None
    agent: User | None = None
    addressee: Contact | None = None


NOBODY = Identity(contact=None, customer=None)
