"""Checks of the conversation: that the severity rules can be read."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register

from tickets.domain.severity import classify


@register
def check_severity_rules(**_: Any) -> Sequence[CheckMessage]:
    """A broken lexicon would turn every ticket into a provisional S2."""
    try:
        classify(channel="email", subject="check", body="No funciona nada.")
    except Exception as error:  # noqa: BLE001  (whatever it is, it must be said before a ticket comes)
        return [Error(f"The severity rules cannot be used: {error}", id="tickets.E001")]
    return []
