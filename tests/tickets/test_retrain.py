"""Learning: a candidate judges only when it is better, and can always be taken back."""

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command

from tests.journeys.threads import at_once
from tests.sla.world import customer, person
from tests.tickets.learning_world import ODD, QUESTION, START, correct, opened, stored, train_on_few
from tickets.domain.severity.cases import Case
from tickets.domain.severity.weights import shipped
from tickets.domain.severity_score import LOWER_SCORE
from tickets.domain.words import Severity
from tickets.models import ModelState, SeverityModel, SeverityModelChange
from tickets.operations.severity import retrain
from tickets.operations.severity.models import (
    activate_model,
    version_in_use,
    weights_in_use,
)
from tickets.operations.severity.retrain import Outcome, retrain_severity

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
NIGHT = START + timedelta(hours=16)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    train_on_few(monkeypatch)


@pytest.mark.usefixtures("few")
def test_a_correction_teaches_the_words_and_the_next_ticket_is_judged_with_them() -> None:
    customer("pro")
    first = opened()
    assert first.severity == "S2"
    correct(first, Severity.S1, person("Alice"))
    done = retrain_severity(now=NIGHT)
    assert (done.outcome, done.corrections) == (Outcome.ACTIVATED, 1)
    assert done.cases == len(retrain.shipped_cases()) + 1
    model = SeverityModel.objects.get()
    assert (model.state, model.version) == (ModelState.ACTIVE, done.version)
    assert set(model.scores) == {"before", "after", "lost_s1"}
    assert model.scores["after"]["languages"]["es"]["cases"] > 0
    assert (model.activated_at, model.activated_by) == (NIGHT, None)
    change = SeverityModelChange.objects.get()
    assert (change.from_version, change.to_version) == (shipped().version, done.version)
    second = opened()
    assert second.severity == "S1"
    assert second.triages.get().version.endswith(f"+{done.version}")


@pytest.mark.usefixtures("few")
def test_nothing_is_learnt_twice() -> None:
    customer("pro")
    alice = person("Alice")
    assert retrain_severity(now=NIGHT).outcome is Outcome.NOTHING_NEW
    correct(opened(), Severity.S1, alice)
    assert retrain_severity(now=NIGHT).outcome is Outcome.ACTIVATED
    assert retrain_severity(now=NIGHT + timedelta(days=1)).outcome is Outcome.NOTHING_NEW
    correct(opened(QUESTION), Severity.S1, alice, got_worse=True)
    assert retrain_severity(now=NIGHT + timedelta(days=2)).outcome is Outcome.NOTHING_NEW
    correct(opened(QUESTION), Severity.S3, alice)
    assert retrain_severity(now=NIGHT + timedelta(days=3)).outcome is Outcome.ACTIVATED
    states = SeverityModel.objects.order_by("made_at").values_list("state", flat=True)
    assert list(states) == [ModelState.KEPT, ModelState.ACTIVE]


@pytest.mark.usefixtures("few")
def test_a_worse_model_is_refused_with_its_reason_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    customer("pro")
    monkeypatch.setattr(
        retrain, "regression_cases", lambda: [Case(subject="", body=ODD, severity=Severity.S2)]
    )
    correct(opened(), Severity.S4, person("Alice"))
    done = retrain_severity(now=NIGHT)
    assert (done.outcome, done.refusal) == (Outcome.REFUSED, LOWER_SCORE)
    model = SeverityModel.objects.get()
    assert (model.state, model.refusal) == (ModelState.REFUSED, LOWER_SCORE)
    assert weights_in_use() is None
    assert not SeverityModelChange.objects.exists()
    assert opened().severity == "S2"
    # Nor is it tried again and again.
    assert retrain_severity(now=NIGHT + timedelta(days=1)).outcome is Outcome.NOTHING_NEW


@pytest.mark.usefixtures("few")
def test_an_operator_takes_a_model_back_and_the_night_does_not_bring_it_again() -> None:
    customer("pro")
    olga = person("Olga", "operators")
    correct(opened(), Severity.S1, person("Alice"))
    learnt = retrain_severity(now=NIGHT).version
    assert version_in_use() == learnt
    activate_model(version="", user=olga, now=NIGHT + timedelta(hours=6))
    assert weights_in_use() is None
    assert retrain_severity(now=NIGHT + timedelta(days=1)).outcome is Outcome.NOTHING_NEW
    # Nor does another model, whatever people go on to say, until she wants the newest.
    correct(opened(), Severity.S1, person("Dave"), at=START + timedelta(hours=40))
    waiting = retrain_severity(now=NIGHT + timedelta(days=1, hours=1))
    assert waiting.outcome is Outcome.KEPT
    assert version_in_use() == ""
    activate_model(version=waiting.version, user=olga, now=NIGHT + timedelta(days=1, hours=8))
    correct(opened(QUESTION), Severity.S3, person("Erik"), at=START + timedelta(hours=50))
    assert retrain_severity(now=NIGHT + timedelta(days=2)).outcome is Outcome.ACTIVATED
    activate_model(version=learnt, user=olga, now=NIGHT + timedelta(days=2, hours=6))
    activate_model(version=learnt, user=olga, now=NIGHT + timedelta(days=2, hours=6))
    assert version_in_use() == learnt
    changes = SeverityModelChange.objects.values_list("to_version", "by__username")
    told = list(changes)
    assert told[:3] == [
        (learnt, None),
        (shipped().version, "olga"),
        (waiting.version, "olga"),
    ]
    assert told[3][1] is None
    assert told[4:] == [(learnt, "olga")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("few")
def test_two_trainings_at_once_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    customer("pro")
    correct(opened(), Severity.S1, person("Alice"))
    outcomes: list[Outcome] = []
    began, other_done = threading.Event(), threading.Event()
    train = retrain.train

    def slow(cases: Any) -> str:
        began.set()
        assert other_done.wait(30)
        return train(cases)

    monkeypatch.setattr(retrain, "train", slow)

    def first() -> None:
        outcomes.append(retrain_severity(now=NIGHT).outcome)

    def second() -> None:
        assert began.wait(30)
        outcomes.append(retrain_severity(now=NIGHT).outcome)
        other_done.set()

    assert at_once(first, second) == [None, None]
    assert outcomes == [Outcome.BUSY, Outcome.ACTIVATED]
    assert SeverityModel.objects.count() == 1


@pytest.mark.usefixtures("few")
def test_a_roll_back_during_a_training_is_not_overrun(monkeypatch: pytest.MonkeyPatch) -> None:
    customer("pro")
    olga = person("Olga", "operators")
    stored("wording-0000000e", state=ModelState.ACTIVE)
    correct(opened(), Severity.S1, person("Alice"))
    train = retrain.train

    def meanwhile(cases: Any) -> str:
        activate_model(version="", user=olga, now=NIGHT)
        return train(cases)

    monkeypatch.setattr(retrain, "train", meanwhile)
    assert retrain_severity(now=NIGHT).outcome is Outcome.OVERTAKEN
    assert version_in_use() == ""
    assert SeverityModel.objects.count() == 1


@pytest.mark.usefixtures("few")
def test_the_command_prints_one_line_and_says_by_its_status_whether_it_went_well(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def said() -> dict[str, Any]:
        line: dict[str, Any] = json.loads(capfdbinary.readouterr().out)
        return line

    customer("pro")
    call_command("retrain_severity")
    assert said()["outcome"] == "nothing_new"
    correct(opened(), Severity.S1, person("Alice"))
    call_command("retrain_severity")
    line = said()
    assert (line["outcome"], line["corrections"], line["reason"]) == ("activated", 1, None)
    monkeypatch.setattr(
        retrain, "regression_cases", lambda: [Case(subject="", body=ODD, severity=Severity.S1)]
    )
    correct(opened(), Severity.S4, person("Dave"), at=START + timedelta(hours=5))
    for ticket in [opened() for _ in range(3)]:
        correct(ticket, Severity.S4, person(f"P{ticket.pk}"), at=START + timedelta(hours=6))
    with pytest.raises(SystemExit) as ended:
        call_command("retrain_severity")
    assert ended.value.code == 1
    assert said()["outcome"] == "refused"


def test_the_night_is_0330_where_the_service_is() -> None:
    from django.conf import settings
    from django_celery_beat.schedulers import ModelEntry

    from sivo_support.celery import app

    entry = settings.CELERY_BEAT_SCHEDULE["learn from corrections"]
    row = ModelEntry.from_entry("learn from corrections", app=app, **entry).model
    assert row.task in app.tasks
    assert (row.crontab.hour, row.crontab.minute) == ("3", "30")
    assert str(row.crontab.timezone) == "Europe/Madrid"


def test_the_task_of_a_worker_is_the_same_training() -> None:
    from tickets.tasks import retrain as task

    assert task.apply().get() == "nothing_new"
