"""Doing a call of the API once, however often it comes."""

import hashlib
from datetime import datetime, timedelta

from django.contrib.auth.models import User

from tickets.models import ApiCall
from tickets.models.advisory import take_until_commit

KEPT = timedelta(hours=24)


class CallInProgress(Exception):
    """A call with this Idempotency-Key is being done at this moment: ask again shortly."""


class KeyReused(Exception):
    """Another call was made with this Idempotency-Key: take a new one for each call."""


def hash_of_call(*parts: bytes) -> str:
    """The SHA-256 of what makes a call this call."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def earlier_call(*, user: User, key: str, request_sha256: str, now: datetime) -> ApiCall | None:
    """What this call made when it came before, None when it is new; call it in a transaction.

    Until that ends, the same key is in progress. Raises CallInProgress or KeyReused.
    """
    if not take_until_commit(f"api call {user.pk} {_hash(key)}"):
        raise CallInProgress(str(CallInProgress.__doc__))
    rows = ApiCall.objects.filter(user=user, key_sha256=_hash(key))
    call = rows.first()
    if call is None:
        return None
    if call.made_at <= now - KEPT:
        rows.delete()
        return None
    if call.request_sha256 and call.request_sha256 != request_sha256:
        raise KeyReused(str(KeyReused.__doc__))
    return call


def note_call(
    *,
    user: User,
    key: str,
    request_sha256: str,
    status: int,
    ticket_id: int | None,
    message_id: int | None,
    now: datetime,
) -> ApiCall:
    """Writes down what a new call made, in the transaction that made it."""
    return ApiCall.objects.create(
        user=user,
        key_sha256=_hash(key),
        request_sha256=request_sha256,
        status=status,
        ticket_id=ticket_id,
        message_id=message_id,
        made_at=now,
    )


def forget_old_calls(*, now: datetime) -> int:
    """Deletes the calls that are older than their keys are good for."""
    deleted, _ = ApiCall.objects.filter(made_at__lte=now - KEPT).delete()
    return deleted


def _hash(key: str) -> str:
    return hash_of_call(key.encode(errors="surrogateescape"))
