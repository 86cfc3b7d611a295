"""The two things that are done with a call: proving it at the door, and reading what was kept."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from tickets.domain.incoming import Ignored, Incoming, Unreadable
from tickets.inbound import mail
from tickets.inbound.email import ReceiptRule, received_at
from tickets.providers.call import Call, content_of
from tickets.providers.raw_mail import with_envelope
from tickets.providers.table import PROVIDERS, Provider

# What reading needs later; no credential is among them.
KEPT_HEADERS: Final = ("content-type", "user-agent", "x-messagesystems-batch-id")
SIGNED: Final = "provider_signed"
ARRIVAL: Final = "arrival"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A call that its provider made: its id over all tries, and when its mail reached us.

    `times` are all instants (UTC) that could have counted, by their origin; `rule` chose.
    """

    call_id: str
    received_at: datetime
    rule: str
    times: Mapping[str, datetime]
    kept_headers: Mapping[str, str]


def prove_call(*, kind: str, call: Call, credentials: Sequence[str], now: datetime) -> Proved:
    """Checks who calls, and names the call. Raises BadSignature, nothing else.

    A body that cannot be read is named by its hash and kept: the worker says what is wrong.
    """
    provider = PROVIDERS[kind]
    proof = provider.check(call, credentials, now)
    call_id, signed_at = _told(provider, call)
    call_id, signed_at = proof.call_id or call_id, proof.signed_at or signed_at
    at, rule = received_at(candidate=signed_at, now=now)
    names = {ReceiptRule.OWN_SERVER: SIGNED, ReceiptRule.NOW: ARRIVAL}
    return Proved(
        call_id=call_id or f"sha256:{hashlib.sha256(call.body).hexdigest()}",
        received_at=at,
        rule=names.get(rule, rule.value),
        times={ARRIVAL: now} | ({SIGNED: signed_at} if signed_at else {}),
        kept_headers={name: value for name in KEPT_HEADERS if (value := call.header(name))},
    )


def _told(provider: Provider, call: Call) -> tuple[str, datetime | None]:
    if provider.call_id is None and provider.signed_at is None:
        return "", None
    try:
        content = content_of(call)
        return (
            provider.call_id(content, call.body) if provider.call_id else "",
            provider.signed_at(content) if provider.signed_at else None,
        )
    except Exception:  # noqa: BLE001  (whatever the body is: it is proved, so it is kept)
        return "", None


def read_call(
    *, kind: str, headers: Mapping[str, str], body: bytes, own_mx_hosts: Sequence[str]
) -> tuple[Incoming, ...]:
    """The mails of a kept call as records. Raises Unreadable, nothing else.

    A mail that cannot be read beside others that can does not hold them up: it is told as
    ignored, with its reason.
    """
    provider = PROVIDERS[kind]
    try:
        items = provider.items(content_of(Call(headers=headers, body=body)))
    except Unreadable:
        raise
    except Exception as error:
        raise _not_understood(error) from error
    if not items:
        return (Ignored(reason="a test of the address: it holds no mail"),)
    if len(items) == 1:
        return (_record(provider, items[0], own_mx_hosts),)
    found: list[Incoming] = []
    reasons = []
    for number, item in enumerate(items, 1):
        try:
            found.append(_record(provider, item, own_mx_hosts))
        except Unreadable as error:
            reasons.append(f"mail {number} of {len(items)} in this call cannot be read: {error}")
    if not found:
        raise Unreadable("; ".join(reasons))
    return (*found, *(Ignored(reason=reason) for reason in reasons))


def _record(provider: Provider, item: object, own_mx_hosts: Sequence[str]) -> Incoming:
    try:
        given = provider.mail_of(item)
        if isinstance(given, Ignored):
            return given
        (record,) = mail.parse(with_envelope(given), own_mx_hosts=own_mx_hosts, handed_on=True)
    except Unreadable:
        raise
    except Exception as error:
        raise _not_understood(error) from error
    return replace(record, occurred_at=given.occurred_at) if given.occurred_at else record


def _not_understood(error: Exception) -> Unreadable:
    # Without its words: they may quote the customer's.
    return Unreadable(f"the call could not be understood: {type(error).__name__}")
