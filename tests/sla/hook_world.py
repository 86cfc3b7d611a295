"""Webhooks of programs, the outbox emptied at a given instant, and what the receiver understood."""

import json
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from sla.domain.hooks.limits import MOST_BYTES, HookType
from sla.models import Hook, HookCall
from sla.operations.hooks.call_hooks import call_hooks
from sla.operations.hooks.replay_hooks import save_subscription
from tests.sivo_support.test_webhook_docs import mistakes
from tests.sla import world
from tests.sla.hook_server import Call, Hooks
from tickets.inbound import standard

SECRET = "whsec_c2l2by1zdXBwb3J0LWV4YW1wbGUtc2VjcmV0LTMyYg=="
START = world.madrid("2026-11-18 10:00")
ALL_TYPES = [kind.value for kind in HookType]


def owner() -> User:
    """Olga, who operates."""
    return User.objects.filter(username="olga").first() or world.person("Olga", "operators")


def hook(url: str, name: str = "Board", at: datetime = START, **more: Any) -> Hook:
    """A webhook that hears of everything."""
    values = {"owner": more.pop("owner", None) or owner(), "types": ALL_TYPES, "secrets": SECRET}
    made = Hook(name=name, url=url, **{**values, **more})
    save_subscription(hook=made, is_new=True, now=at)
    return made


def send(at: datetime, **options: Any) -> int:
    """The number of calls that were taken, at an instant that stands still."""
    return call_hooks(clock=lambda: at, **options)


def understood(call: Call, at: datetime, secret: str = SECRET) -> dict[str, Any]:
    """The event of a call, once our own receiver believes its signature."""
    standard.verify(secrets=[secret], headers=call.headers, body=call.body, now=at)
    event: dict[str, Any] = json.loads(call.body)
    assert list(event) == ["type", "timestamp", "data"]
    assert len(call.body) < MOST_BYTES
    assert mistakes(event) == []
    return event


def heard(hooks: Hooks, at: datetime) -> list[dict[str, Any]]:
    """What the receiver heard since it was asked last, by when it happened and by type."""
    events = [understood(call, at) for call in hooks.calls]
    hooks.calls.clear()
    return sorted(events, key=lambda event: (event["timestamp"], event["type"]))


def types(hooks: Hooks, at: datetime) -> list[str]:
    """The types alone."""
    return [event["type"] for event in heard(hooks, at)]


def the_call() -> HookCall:
    """The only one there is."""
    return HookCall.objects.get()
