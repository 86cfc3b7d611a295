"""A notice as a signed call of somebody's webhook (Standard Webhooks)."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from sla.domain.escalation.notice import NoticeFacts, NoticeLine
from sla.notifiers.outcomes import Gone, NotDelivered, RefusedForGood, TryAgain
from sla.notifiers.wording import Text
from tickets.domain.webhook_signature import SecretUnusable, sign
from tickets.outbound.reach import CallRefused, Reach
from tickets.outbound.safe_http import Answer, CallFailed, post

# About 25 kB of JSON.
MOST_LINES: Final = 50
_LONGEST_REQUEST = timedelta(hours=1)


def message_id_of(key: str) -> str:
    """The webhook-id: the same over all attempts, so that the other side knows a repeat."""
    return f"ntc_{sha256(key.encode()).hexdigest()[:32]}"


def body_of(facts: NoticeFacts, text: Text) -> bytes:
    """The JSON of a call: codes, ids and instants, with the words beside them."""
    event = {
        "type": f"notice.{facts.kind}",
        "timestamp": facts.created_at.isoformat(),
        "data": {
            "id": message_id_of(facts.key),
            "language": facts.language,
            "subject": text.subject,
            "text": text.body,
            "link": facts.link,
            "escalations": [_escalation(line) for line in facts.lines[:MOST_LINES]],
            # The page behind the link has them all.
            "escalations_left_out": max(len(facts.lines) - MOST_LINES, 0),
            "gaps": [
                {
                    "from": span.from_at.isoformat(),
                    "to": span.to_at.isoformat(),
                    "customers": span.customers,
                }
                for span in facts.spans
            ],
        },
    }
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def call_webhook(
    *, url: str, secrets: Sequence[str], key: str, body: bytes, at: datetime, reach: Reach
) -> None:
    """Returns when the other side took the notice with this key. Raises NotDelivered."""
    call(url=url, secrets=secrets, message_id=message_id_of(key), body=body, at=at, reach=reach)


def call(
    *, url: str, secrets: Sequence[str], message_id: str, body: bytes, at: datetime, reach: Reach
) -> int:
    """Signs and posts a body once; the status, when it is 2xx. Raises NotDelivered.

    `at`: the instant of this attempt, which is signed.
    """
    try:
        signed = sign(secrets=secrets, message_id=message_id, body=body, at=at)
        headers = {**signed, "content-type": "application/json", "user-agent": "sivo-support"}
        answer = post(url, body=body, headers=headers, reach=reach)
    except (CallRefused, SecretUnusable) as error:
        raise RefusedForGood(str(error)) from None
    except CallFailed as error:
        raise TryAgain(str(error)) from None
    if 200 <= answer.status < 300:
        return answer.status
    refusal = _refusal(answer)
    refusal.status = answer.status
    raise refusal


def _refusal(answer: Answer) -> NotDelivered:
    words = f"HTTP status {answer.status}"
    if answer.status == HTTPStatus.GONE:
        return Gone(f"{words}: the other side wants no more calls")
    if 300 <= answer.status < 400:
        return TryAgain(f"{words}: no redirect is followed; enter the final address")
    return TryAgain(words, after=_asked_for(answer.headers.get("retry-after", "")))


def _asked_for(text: str) -> timedelta | None:
    """The seconds of a Retry-After; its other form, a date, is not worth believing a clock for."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        return None
    return min(timedelta(seconds=int(text)), _LONGEST_REQUEST)


def _escalation(line: NoticeLine) -> dict[str, object]:
    return {
        "id": line.escalation_id,
        "step": line.step,
        "repeat": line.repeat,
        "should_have_fired_at": line.should_at.isoformat(),
        "fired_at": line.fired_at.isoformat(),
        "ticket": line.reference,
        "severity": line.severity,
        "metric": line.metric.value,
        "promised": line.promised,
        "plan": line.plan,
        "customer": line.customer,
        "started_at": line.started_at.isoformat(),
        "due_at": line.due_at and line.due_at.isoformat(),
        "ended_at": line.ended_at and line.ended_at.isoformat(),
        "missed": line.is_missed,
        "acknowledged_at": line.acknowledged_at and line.acknowledged_at.isoformat(),
    }
