"""Which learned model judges: one that fits, read once; the shipped weights else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from tests.sla.world import customer, person
from tests.tickets.learning_world import START, opened, stored
from tickets.domain.severity.weights import shipped
from tickets.domain.severity_score import LOWER_SCORE
from tickets.models import ModelState
from tickets.operations.severity.models import (
    CannotActivate,
    activate_model,
    version_in_use,
    weights_in_use,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
NIGHT = START + timedelta(hours=16)


def test_a_refused_a_foreign_and_an_unreadable_model_cannot_be_put_into_use() -> None:
    olga = person("Olga", "operators")
    stored("wording-00000001", state=ModelState.REFUSED, refusal=LOWER_SCORE)
    stored("wording-00000002", base="wording-of-before")
    stored("wording-00000003", weights="{}")
    for version in ["wording-00000001", "wording-00000002", "wording-00000003", "wording-4"]:
        with pytest.raises(CannotActivate):
            activate_model(version=version, user=olga, now=NIGHT)
    assert version_in_use() == ""


@pytest.mark.parametrize("text", ["", "{}", "not json", '{"version": "wording-0000beef"}'])
def test_a_broken_model_never_stops_the_intake(text: str, caplog: pytest.LogCaptureFixture) -> None:
    customer("pro")
    # Another name each time: what a process has read, it keeps.
    version = f"wording-{len(text):08x}"
    stored(version, weights=text, state=ModelState.ACTIVE)
    ticket = opened()
    assert ticket.severity == "S2"
    assert ticket.triages.get().version.endswith(f"+{shipped().version}")
    assert "the shipped weights judge" in caplog.text
    caplog.clear()
    assert opened().severity == "S2"
    assert caplog.text == ""


def test_weights_that_fail_while_they_judge_give_way_to_the_shipped_ones(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    customer("pro")
    broken = replace(shipped(), version="wording-broken", packed=())
    monkeypatch.setattr("tickets.operations.incoming.batch.weights_in_use", lambda: broken)
    ticket = opened()
    assert ticket.severity == "S2"
    assert ticket.triages.get().version.endswith(f"+{shipped().version}")
    assert "wording-broken failed" in caplog.text


def test_a_model_made_beside_other_shipped_weights_waits_for_the_next_training() -> None:
    stored("wording-0000000a", base="wording-of-before", state=ModelState.ACTIVE)
    assert weights_in_use() is None


def test_the_weights_are_read_once_and_asked_for_by_one_small_query() -> None:
    stored("wording-0000000b", state=ModelState.ACTIVE)
    first = weights_in_use()
    assert first is not None
    with CaptureQueriesContext(connection) as queries:
        assert weights_in_use() is first
    assert len(queries) == 1
    assert '"tickets_severitymodel"."weights"' not in queries[0]["sql"]


def test_only_one_model_is_in_use() -> None:
    stored("wording-0000000c", state=ModelState.ACTIVE)
    with pytest.raises(IntegrityError, match="one_severity_model_in_use"):
        stored("wording-0000000d", state=ModelState.ACTIVE)
