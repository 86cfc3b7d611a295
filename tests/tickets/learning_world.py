"""Tickets whose severity a person corrects, and a training that takes a moment."""

import json
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from itertools import count
from typing import Any

import pytest
from django.contrib.auth.models import User

from tests.sla.world import madrid, ticket_by_mail
from tickets.domain.severity import training
from tickets.domain.severity.cases import shipped_cases
from tickets.domain.severity.rules import read_message
from tickets.domain.severity.weights import shipped
from tickets.domain.words import Severity
from tickets.models import ModelState, SeverityModel, Ticket
from tickets.operations.severity import retrain
from tickets.operations.severity.change import change_severity

START = madrid("2026-11-18 10:00")
# Told in words that no rule knows: the wording decides, and takes it for S2.
ODD = "Los operadores le dan a descolgar y la llamada se desvanece. A los nueve les pasa."
QUESTION = "¿Cómo exporto un informe?"
_minutes = count(1)
# Every training reads the same cases.
_read_once = cache(read_message)


def opened(body: str = ODD, **mail: str) -> Ticket:
    """One more ticket of Bob's."""
    return ticket_by_mail(START + timedelta(minutes=next(_minutes)), body=body, **mail)


def correct(
    ticket: Ticket,
    to: Severity,
    user: User,
    *,
    got_worse: bool = False,
    at: datetime = START + timedelta(hours=3),
) -> None:
    """A person says what is right."""
    change_severity(
        ticket_id=ticket.pk,
        severity=to,
        got_worse=got_worse,
        reason="Lo he leído otra vez",
        user=user,
        now=at,
    )


def train_on_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of the shipped cases, so that a training takes no seconds."""
    cases = shipped_cases()[::8]
    # Those that the few teach: what a training on all finds elsewhere, one on a few may not.
    judged = [case for case in cases if case.severity == "S1"][:10]
    monkeypatch.setattr(training, "read_message", _read_once)
    monkeypatch.setattr(retrain, "shipped_cases", lambda: cases)
    monkeypatch.setattr(retrain, "regression_cases", lambda: judged)


def stored(version: str = "wording-00000001", **fields: Any) -> SeverityModel:
    """A model that was made elsewhere: the shipped weights under another name."""
    text = weights_text(version)
    values: dict[str, Any] = {
        "version": version,
        "base": shipped().version,
        "weights": text,
        "made_at": START,
        "cases": 1,
        "corrections": 1,
        "last_correction_id": 0,
        "state": ModelState.KEPT,
    }
    return SeverityModel.objects.create(**values | fields)


def weights_text(version: str) -> str:
    data = json.loads((files("tickets.domain.severity") / "weights.json").read_text("utf-8"))
    return json.dumps(data | {"version": version})
