"""Access tokens for mailboxes, from the two providers that we know; nothing else is ever asked."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests

from tickets.domain.mail_trouble import (
    ClientRefused,
    ConsentLost,
    MailTrouble,
    ProviderAway,
    TenantInvalid,
)

_TIMEOUT_SECONDS = (5.0, 10.0)
_MAX_ANSWER_BYTES = 64 * 1024
_USUAL_LIFETIME_SECONDS = 3600
# An id, a domain, or one of Microsoft's own words for "any organisation".
_TENANT = re.compile(r"[0-9A-Za-z](?:[0-9A-Za-z-]*[0-9A-Za-z])?(?:\.[0-9A-Za-z-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Where a provider gives out tokens (`{tenant}` is filled in), and for what we ask."""

    address: str
    scope: str = ""


PROVIDERS: Mapping[str, Provider] = {
    "microsoft": Provider(
        address="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
        scope="https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    ),
    "google": Provider(address="https://oauth2.googleapis.com/token"),
}

# RFC 6749, 5.2; both providers use these words.
_REFUSALS: Mapping[str, type[MailTrouble]] = {
    "invalid_grant": ConsentLost,
    "interaction_required": ConsentLost,
    "consent_required": ConsentLost,
    "invalid_client": ClientRefused,
    "unauthorized_client": ClientRefused,
    "invalid_scope": ClientRefused,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an operator was given for a mailbox; never shown."""

    provider: str
    tenant: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """A token that logs in until `expires_at` (UTC).

    `refresh_token` is the one for the next time, which may be new: then the old one may be void.
    """

    value: str = field(repr=False)
    expires_at: datetime
    refresh_token: str = field(repr=False)


def refresh_access(
    grant: Grant, *, now: datetime, providers: Mapping[str, Provider] = PROVIDERS
) -> AccessToken:
    """Asks the provider for a new access token. Raises MailTrouble."""
    provider = providers[grant.provider]
    answer = _ask(_address(provider, grant), _form(provider, grant))
    value, seconds = answer.get("access_token"), answer.get("expires_in")
    if not isinstance(value, str) or not value:
        raise ProviderAway("its answer holds no access token")
    try:
        lifetime = timedelta(seconds=min(max(int(str(seconds)), 0), 24 * 3600))
    except ValueError:
        lifetime = timedelta(seconds=_USUAL_LIFETIME_SECONDS)
    rotated = answer.get("refresh_token")
    return AccessToken(
        value=value,
        expires_at=now + lifetime,
        refresh_token=rotated if isinstance(rotated, str) and rotated else grant.refresh_token,
    )


def _address(provider: Provider, grant: Grant) -> str:
    tenant = grant.tenant.strip() or "common"
    if "{tenant}" in provider.address and (len(tenant) > 100 or not _TENANT.fullmatch(tenant)):
        raise TenantInvalid
    return provider.address.replace("{tenant}", quote(tenant, safe=""))


def _form(provider: Provider, grant: Grant) -> dict[str, str]:
    form = {
        "grant_type": "refresh_token",
        "client_id": grant.client_id,
        "client_secret": grant.client_secret,
        "refresh_token": grant.refresh_token,
        "scope": provider.scope,
    }
    # An application without a secret must not send an empty one.
    return {name: value for name, value in form.items() if value}


def _ask(address: str, form: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        with requests.Session() as session:
            # A .netrc of this machine must not add credentials of its own.
            session.auth = lambda request: request
            with session.post(
                address,
                data=form,
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
                headers={"Accept": "application/json"},
            ) as response:
                body = response.raw.read(_MAX_ANSWER_BYTES, decode_content=True)
                status = response.status_code
    except (requests.RequestException, OSError) as error:
        # Its text holds the address with its parts; the kind says enough.
        raise ProviderAway(type(error).__name__) from None
    return _understood(status, body)


def _understood(status: int, body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise ProviderAway(f"HTTP status {status}") from None
    if not isinstance(answer, dict):
        raise ProviderAway(f"HTTP status {status}")
    if status == requests.codes.ok:
        return answer
    # The description repeats ids and may repeat tokens: the code alone is shown.
    code = re.sub(r"[^a-z_]", "", str(answer.get("error", ""))[:40].lower())
    raise _REFUSALS.get(code, ProviderAway)(code or f"HTTP status {status}")
