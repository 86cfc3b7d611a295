"""How the time of a delivery was found: the candidates, the rule that chose, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from tickets.domain.instants import BadInstant, parse_instant
from tickets.models import Delivery

# Which instant a rule chose, and why.
RULES: Final[Mapping[str, tuple[str, Promise]]] = {
    "arrival": ("arrival", gettext_lazy("nobody signed an earlier instant")),
    "provider_signed": ("provider_signed", gettext_lazy("the provider signed it")),
    "now": ("fetched_at", gettext_lazy("no mail server of ours named an instant")),
    "own_server": (
        "first_trusted_received",
        gettext_lazy("a mail server of ours wrote it down"),
    ),
    "internaldate": ("internaldate", gettext_lazy("the mailbox's server received it then")),
    "first_sight": (
        "fetched_at",
        gettext_lazy("what one of us sends counts from when we see it"),
    ),
    "future": ("", gettext_lazy("the instant named lies in the future: the arrival counts")),
    "backlog": ("internaldate", gettext_lazy("we did not look since: it takes nothing away")),
    "first_import": (
        "internaldate",
        gettext_lazy("it lay there before we looked for the first time"),
    ),
    "tool_api": ("arrival", gettext_lazy("we asked the tool itself: its own times count")),
    "late_arrival": (
        "",
        gettext_lazy("the instant named lies more than a day back: the arrival counts"),
    ),
}
ORIGINS: Final[Mapping[str, Promise]] = {
    "arrival": gettext_lazy("arrival at our door"),
    "provider_signed": gettext_lazy("signed by the provider"),
    "sent_at": gettext_lazy("claimed by the sender (never counts)"),
    "first_trusted_received": gettext_lazy("written by our own mail server"),
    "internaldate": gettext_lazy("received by the mailbox's server"),
    "savedate": gettext_lazy("put into the folder"),
    "fetched_at": gettext_lazy("seen by us"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeView:
    """One instant that could have counted; `why` only for the one that did."""

    origin: str
    label: str
    at: datetime
    is_chosen: bool
    why: str


def times_of(delivery: Delivery) -> list[TimeView]:
    """Every instant that could have counted as the receipt, the earliest first."""
    chosen, why = RULES.get(delivery.arrived_by, ("", gettext_lazy("")))
    found = []
    for origin, text in dict(delivery.times or {}).items():
        try:
            at = parse_instant(text)
        except BadInstant:
            continue
        found.append((at, str(origin)))
    matching = [origin for at, origin in found if at == delivery.received_at]
    picked = chosen if chosen in matching else next(iter(matching), "")
    return [
        TimeView(
            origin=origin,
            label=str(ORIGINS.get(origin, origin)),
            at=at,
            is_chosen=origin == picked,
            why=str(why) if origin == picked else "",
        )
        for at, origin in sorted(found)
    ]


def rule_text(rule: str) -> str:
    """Why a time was chosen, in a sentence; the code itself when it is not known."""
    return str(RULES[rule][1]) if rule in RULES else rule
