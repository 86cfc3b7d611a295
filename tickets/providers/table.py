"""The providers, a row each: how one proves itself, what names a call, and where its mails are."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tickets.domain.incoming import Ignored
from tickets.providers import json_mails, mailgun, postmark, sendgrid, signatures
from tickets.providers.call import Call, Content
from tickets.providers.credentials import Credential
from tickets.providers.raw_mail import RawMail
from tickets.providers.values import id_in, record_in

Check = Callable[[Call, Sequence[str], datetime], signatures.Proof]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What is particular about one provider.

    `check` raises BadSignature; what its proof names counts first. `call_id` is the provider's own
    id of the call, where the credentials vouch for it (else the hash of the body names it).
    `signed_at` is an instant (UTC) under its signature. `items` are the parts of a call with one
    mail each, `mail_of` reads one of them; both raise Unreadable.
    `keeps_after_4xx`: it tries again after any answer of ours but 2xx.
    """

    name: str
    credential: Credential
    check: Check
    mail_of: Callable[[Any], RawMail | Ignored]
    items: Callable[[Content], Sequence[Any]] = lambda content: [content]
    call_id: Callable[[Content, bytes], str] | None = None
    signed_at: Callable[[Content], datetime | None] | None = None
    keeps_after_4xx: bool = True
    # What the address must end in.
    suffix: str = "/"


def _mandrill_instant(content: Content) -> datetime | None:
    # The last of a batch: each mail counts from its own instant, none from a later one.
    found = [json_mails.mandrill_instant(event) for event in json_mails.mandrill_events(content)]
    return max((instant for instant in found if instant), default=None)


def _postal_id(content: Content, body: bytes) -> str:
    # Its numbers begin anew with each new mail server of Postal.
    number = id_in(json_mails.postal_record(content), "id")
    return f"{number}:{hashlib.sha256(body).hexdigest()}" if number else ""


PROVIDERS: Final[Mapping[str, Provider]] = {
    "mailgun": Provider(
        name="Mailgun",
        credential=Credential.KEY,
        check=signatures.check_mailgun,
        mail_of=mailgun.mail_of,
        # Mailgun posts the raw MIME to addresses that end in it, and only to those.
        suffix="/mime",
    ),
    "postmark": Provider(
        name="Postmark",
        credential=Credential.BASIC,
        check=signatures.check_basic,
        call_id=lambda content, _body: id_in(content.data, "MessageID"),
        mail_of=postmark.mail_of,
    ),
    "sendgrid": Provider(
        name="SendGrid",
        credential=Credential.BASIC,
        check=signatures.check_basic,
        mail_of=sendgrid.mail_of,
        # It drops the mail at once, for good and silently; after 5xx it tries for three days.
        keeps_after_4xx=False,
    ),
    "sparkpost": Provider(
        name="SparkPost",
        credential=Credential.BASIC,
        check=signatures.check_sparkpost,
        items=lambda content: content.items,
        mail_of=json_mails.sparkpost_mail,
    ),
    "mandrill": Provider(
        name="Mandrill",
        credential=Credential.KEY,
        check=signatures.check_mandrill,
        signed_at=_mandrill_instant,
        items=json_mails.mandrill_events,
        mail_of=json_mails.mandrill_mail,
    ),
    "mailjet": Provider(
        name="Mailjet",
        credential=Credential.BASIC,
        check=signatures.check_basic,
        mail_of=json_mails.mailjet_mail,
    ),
    "mailersend": Provider(
        name="MailerSend",
        credential=Credential.KEY,
        check=signatures.check_mailersend,
        call_id=lambda content, _body: id_in(record_in(content.data, "data"), "id"),
        signed_at=json_mails.mailersend_instant,
        mail_of=json_mails.mailersend_mail,
    ),
    "postal": Provider(
        name="Postal",
        credential=Credential.PUBLIC_KEY,
        check=signatures.check_postal,
        call_id=_postal_id,
        mail_of=json_mails.postal_mail,
        # It bounces the mail to the customer; after 5xx it tries 18 times.
        keeps_after_4xx=False,
    ),
}
