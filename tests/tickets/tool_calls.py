"""Plain functions that sign the webhooks of chat and helpdesk tools and bring them to the door."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from typing import Any

from django.test import Client
from django.utils import timezone

from tickets.models import Source

SECRETS: dict[str, str] = {
    "freshdesk": "sivo:a-password-of-the-tests",
    **dict.fromkeys(
        ("zendesk", "jira", "chatwoot", "zammad", "slack", "intercom", "helpscout", "front"),
        "a-secret-of-the-tests-only-0001",
    ),
}
OTHER = {kind: secret.replace("tests", "others") for kind, secret in SECRETS.items()}
_numbers = count(1)


def tool_source(kind: str, name: str = "", **fields: Any) -> Source:
    """A source of this kind with the secret of the tests."""
    return Source.objects.create(
        **{"kind": kind, "name": name or kind, "secrets": SECRETS[kind], "channel": "helpdesk"}
        | fields
    )


def _mac(secret: str, content: bytes, algorithm: str) -> bytes:
    return hmac.digest(secret.encode(), content, algorithm)


def _b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _zendesk(body: bytes, secret: str, at: datetime, name: str) -> dict[str, str]:
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "x-zendesk-webhook-signature-timestamp": stamp,
        "x-zendesk-webhook-invocation-id": name,
        "x-zendesk-webhook-signature": _b64(_mac(secret, stamp.encode() + body, "sha256")),
    }


def _slack(body: bytes, secret: str, at: datetime, name: str) -> dict[str, str]:
    seconds = str(int(at.timestamp()))
    content = f"v0:{seconds}:".encode() + body
    return {
        "x-slack-request-timestamp": seconds,
        "x-slack-signature": f"v0={_mac(secret, content, 'sha256').hex()}",
    }


def _chatwoot(body: bytes, secret: str, at: datetime, name: str) -> dict[str, str]:
    seconds = str(int(at.timestamp()))
    content = f"{seconds}.".encode() + body
    return {
        "x-chatwoot-timestamp": seconds,
        "x-chatwoot-delivery": name,
        "x-chatwoot-signature": f"sha256={_mac(secret, content, 'sha256').hex()}",
    }


def _front(body: bytes, secret: str, at: datetime, name: str) -> dict[str, str]:
    milliseconds = str(int(at.timestamp() * 1000))
    content = f"{milliseconds}:".encode() + body
    return {
        "x-front-request-timestamp": milliseconds,
        "x-front-signature": _b64(_mac(secret, content, "sha256")),
    }


def _helpscout(body: bytes, secret: str, at: datetime, name: str) -> dict[str, str]:
    return {
        "x-helpscout-event": "convo.created",
        "x-helpscout-signature": _b64(_mac(secret, body, "sha1")),
    }


def _jira(body: bytes, secret: str, at: datetime, name: str) -> dict[str, str]:
    return {
        "x-hub-signature": f"sha256={_mac(secret, body, 'sha256').hex()}",
        "x-atlassian-webhook-identifier": name,
    }


def _zammad(body: bytes, secret: str, at: datetime, name: str) -> dict[str, str]:
    return {
        "x-hub-signature": f"sha1={_mac(secret, body, 'sha1').hex()}",
        "x-zammad-delivery": name,
        "x-zammad-trigger": "sla-tracker",
    }


def _intercom(body: bytes, secret: str, at: datetime, name: str) -> dict[str, str]:
    return {"x-hub-signature": f"sha1={_mac(secret, body, 'sha1').hex()}"}


def _freshdesk(body: bytes, secret: str, at: datetime, name: str) -> dict[str, str]:
    return {"authorization": f"Basic {_b64(secret.encode())}"}


_SIGNERS: Mapping[str, Callable[[bytes, str, datetime, str], dict[str, str]]] = {
    "zendesk": _zendesk,
    "slack": _slack,
    "chatwoot": _chatwoot,
    "front": _front,
    "helpscout": _helpscout,
    "jira": _jira,
    "zammad": _zammad,
    "intercom": _intercom,
    "freshdesk": _freshdesk,
}


def sign_call(
    kind: str,
    body: bytes,
    *,
    secret: str = "",
    at: datetime | None = None,
    name: str = "",
    **more: str,
) -> dict[str, str]:
    """The headers that the tool itself sends; `name` is the delivery's id where they name it."""
    at, name = at or timezone.now(), name or f"call-{next(_numbers)}"
    return _SIGNERS[kind](body, secret or SECRETS[kind], at, name) | {
        header.replace("_", "-"): value for header, value in more.items()
    }


def named(kind: str, number: int | str, **more: Any) -> bytes:
    """A body that means nothing, under the id that this tool would write into it."""
    ids: dict[str, Any] = {
        "slack": {"type": "event_callback", "event_id": f"Ev{number}"},
        "intercom": {"id": f"notif_{number}"},
        "front": {"payload": {"id": f"evt_{number}"}},
    }
    return json.dumps(ids.get(kind, {"number": number}) | more).encode()


def post_call(
    source: Source, body: bytes, headers: Mapping[str, str] | None = None, **environ: Any
) -> Any:
    """The body at the door of a source, signed unless headers are given."""
    return Client().generic(
        "POST",
        f"/hooks/{source.kind}/{source.pk}/",
        body,
        content_type="application/json",
        headers=dict(sign_call(source.kind, body) if headers is None else headers),
        **environ,
    )
