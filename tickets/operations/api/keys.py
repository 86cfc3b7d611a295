"""Making, finding and revoking the keys of the API."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Q

from tickets.domain.scopes import all_scopes
from tickets.models import ApiKey
from tickets.models.api_key import MACHINE

MOST_DAYS = 730
# How a leaked key is recognised, by people and by scanners.
MARK = "sivo_"
_SHOWN = len(MARK) + 6
_COARSE = timedelta(minutes=1)


class BadKey(ValueError):
    """A key like this cannot be made; the message says why."""


@transaction.atomic
def make_key(
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime,
    made_by: User,
    now: datetime,
    person: User | None = None,
    group: Group | None = None,
) -> tuple[ApiKey, str]:
    """The stored key and its secret, which nobody can read again.

    It acts as a `person` of ours, or as a new machine with the rights of a `group`, which bears
    the key's name and cannot log in. Only a superuser makes a key for somebody else: whoever holds
    it speaks in that person's name. Raises BadKey.
    """
    if (person is None) == (group is None):
        raise BadKey("Choose either a person or the group of a machine.")
    if person is not None and person.pk != made_by.pk and not made_by.is_superuser:
        raise BadKey("Only a superuser makes a key that acts as somebody else.")
    if person is not None and person.is_superuser and person.pk != made_by.pk:
        raise BadKey("A superuser's key is made by that superuser alone.")
    if not scopes or not set(scopes) <= {scope.code for scope in all_scopes()}:
        raise BadKey("Choose what the key may do.")
    if not now < expires_at <= now + timedelta(days=MOST_DAYS):
        raise BadKey(f"A key expires within {MOST_DAYS} days.")
    secret = MARK + secrets.token_urlsafe(32)
    user = person if person is not None else _machine(name, group, secret)
    key = ApiKey.objects.create(
        name=name,
        user=user,
        prefix=secret[:_SHOWN],
        key_sha256=_hash(secret),
        scopes=sorted(set(scopes)),
        made_by=made_by,
        made_at=now,
        expires_at=expires_at,
    )
    return key, secret


def find_key(*, secret: str, now: datetime) -> ApiKey | None:
    """The usable key with this secret; notes that it was used, at most once a minute.

    It is looked up by its hash: how long that takes says nothing of the secret.
    """
    rows = ApiKey.objects.select_related("user")
    key = rows.filter(key_sha256=_hash(secret)).first()
    if key is None or not key.is_usable(now):
        return None
    before = now - _COARSE
    if key.last_used_at is None or key.last_used_at <= before:
        unused = Q(last_used_at__isnull=True) | Q(last_used_at__lte=before)
        ApiKey.objects.filter(unused, pk=key.pk).update(last_used_at=now)
    return key


@transaction.atomic
def revoke_key(*, key_id: int, user: User, now: datetime) -> ApiKey:
    """The key opens nothing from now on; revoking it twice is the same as once."""
    key = ApiKey.objects.select_for_update(of=("self",)).get(pk=key_id)
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by = now, user
        key.save(update_fields=["revoked_at", "revoked_by"])
    return key


def _machine(name: str, group: Group | None, secret: str) -> User:
    # The name must be new, though two keys may be called the same.
    machine = User(username=f"{MACHINE}{_hash(secret)[:16]}", first_name=name[:150], is_staff=False)
    machine.set_unusable_password()
    machine.save()
    machine.groups.set([group] if group is not None else [])
    return machine


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogateescape")).hexdigest()
