"""While a source runs in the shadow its escalations are recorded, and nobody is woken."""

from datetime import timedelta

import pytest

from sla.models import Escalation, Notice
from sla.operations.escalation.audit_escalations import AuditedSteps, audit_tickets
from sla.operations.tools.shadow_runs import end_shadow_run
from tests.sla import shadow_world as shadow
from tests.sla import world
from tests.sla.escalation_world import sweep_at, the_house
from tests.sla.shadow_world import OPENED
from tickets.models import Source, SourceKind

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("terms")]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def source(terms: None) -> Source:
    """Acme's Zendesk; Acme has Enterprise, an S1 thirty minutes around the clock."""
    world.customer("enterprise")
    return Source.objects.create(kind=SourceKind.ZENDESK, name="Tool", secrets="x")


@pytest.mark.django_db(transaction=True)
def test_nobody_is_woken_while_it_runs_and_every_step_is_recorded(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_house()
    run = shadow.in_shadow(source)
    mine = shadow.ticket(source, "701")
    other = world.ticket_by_mail(OPENED)
    sweep_at(monkeypatch, OPENED + 40 * MINUTE)
    steps = Escalation.objects.filter(clock__ticket=mine)
    assert steps.count() == Escalation.objects.filter(clock__ticket=other).count() > 3
    assert {row.detail.get("shadow") for row in steps} == {run.pk}
    assert not Notice.objects.filter(items__escalation__clock__ticket=mine).exists()
    assert Notice.objects.filter(items__escalation__clock__ticket=other).exists()
    # The audit knows why nobody was told.
    audited = list(audit_tickets([mine.pk, other.pk], AuditedSteps(), now=OPENED + 40 * MINUTE))
    assert [each for each in audited if each.what == "notice"] == []


def test_people_are_told_again_once_it_has_ended(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    the_house()
    run = shadow.in_shadow(source)
    mine = shadow.ticket(source, "702")
    sweep_at(monkeypatch, OPENED + 20 * MINUTE)
    assert end_shadow_run(run_id=run.pk, user=None, now=OPENED + 21 * MINUTE)
    assert not end_shadow_run(run_id=run.pk, user=None, now=OPENED + 22 * MINUTE)
    assert not Notice.objects.filter(items__escalation__clock__ticket=mine).exists()
    sweep_at(monkeypatch, OPENED + 31 * MINUTE)
    assert Notice.objects.filter(items__escalation__clock__ticket=mine).exists()
