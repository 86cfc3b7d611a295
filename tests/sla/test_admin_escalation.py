"""The page of a policy: its time line, the dry run, the next version, and who may do what."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from sla.models import ContactRole, DutyShift, EscalationPolicy, Rota, SourceRecipient
from sla.operations.escalation.policies import load_escalation
from tests.sla.desk_world import NOW, Desk, make_desk
from tests.sla.world import madrid
from tickets.models import Source

pytestmark = pytest.mark.django_db
LIST = "admin:sla_escalationpolicy_changelist"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with time_machine.travel(NOW, tick=False):
        made = make_desk()
        load_escalation(now=madrid("2026-11-01 00:00"))
        ContactRole.objects.get(code="team_lead").people.add(made.dave)
        DutyShift.objects.create(
            rota=Rota.objects.create(name="Night"),
            person=made.alice,
            starts_at=madrid("2026-11-23 22:00"),
            ends_at=madrid("2026-11-24 03:20"),
        )
        yield made


@pytest.fixture
def operator(client: Client, desk: Desk) -> Client:
    client.force_login(desk.olga)
    return client


def page(code: str = "enterprise-s1") -> str:
    row = EscalationPolicy.objects.get(code=code, is_current=True)
    return reverse("admin:sla_escalationpolicy_change", args=[row.pk])


def filled(client: Client, address: str, **changes: Any) -> dict[str, Any]:
    """What a browser would post back, with some changes."""
    context = client.get(address).context
    data: dict[str, Any] = {}
    for form in (context["form"], context["asked"], *context["steps"].forms):
        for field in form:
            value = field.value()
            empty = value is None or value is False or value in ("", [])
            if not empty and not field.field.disabled:
                data[field.html_name] = (
                    value.strftime("%Y-%m-%dT%H:%M") if hasattr(value, "strftime") else value
                )
    for field in context["steps"].management_form:
        data[field.html_name] = field.value()
    return {**data, **changes}


def test_the_list_shows_the_policies_in_force(operator: Client) -> None:
    text = operator.get(reverse(LIST)).content.decode()
    assert text.count('<th class="field-name"') == 7


def test_a_policy_shows_its_time_line(operator: Client) -> None:
    text = operator.get(page()).content.decode()
    assert '<svg class="timeline"' in text
    assert "at 50 % of the allowance" in text
    assert "then every 30 minutes until acknowledged, 336 times at most" in text
    assert "style=" not in text.partition('id="content"')[2]


def test_a_dry_run_says_who_would_have_been_told_last_tuesday_night(operator: Client) -> None:
    # Alice's night ended at 03:20; nobody was on duty at the deadline, 03:40.
    data = filled(operator, page(), opened_at="2026-11-24T03:10", _show="1")
    found = operator.post(page(), data)
    marks = found.context["timeline"].marks
    assert [(mark.code, f"{mark.at:%H:%M}") for mark in marks][:4] == [
        ("page", "02:10"),
        ("half", "02:25"),
        ("late-warning", "02:34"),
        ("missed", "02:40"),
    ], "in UTC"
    assert [each.names for each in marks[0].told] == ["Alice"]
    assert [each.names for each in marks[1].told] == ["Dave"]
    assert [(each.word, each.is_nobody) for each in marks[3].told][-1] == (
        "whoever is on duty",
        True,
    )
    assert EscalationPolicy.objects.filter(code="enterprise-s1").count() == 1, "nothing is saved"


def test_an_edit_makes_the_next_version(operator: Client, desk: Desk) -> None:
    data = filled(operator, page(), _save="1", **{"steps-1-amount": "40"})
    answer = operator.post(page(), data)
    assert answer.status_code == 302, answer.context["form"].errors
    row = EscalationPolicy.objects.get(code="enterprise-s1", is_current=True)
    assert (row.version, row.made_by) == (2, desk.olga)
    shares = {step.code: step.fraction for step in row.steps.all()}
    assert float(shares["half"]) == 0.4  # type: ignore[arg-type]
    assert set(shares) == {"page", "half", "late-warning", "missed"}


def test_a_step_is_removed_and_another_added(operator: Client) -> None:
    more = {
        "steps-1-DELETE": "on",
        "steps-4-code": "ten-minutes",
        "steps-4-kind": "before_due",
        "steps-4-amount": "10",
        "steps-4-tell": ["csm", "role:team_lead"],
    }
    assert operator.post(page(), filled(operator, page(), _save="1", **more)).status_code == 302
    row = EscalationPolicy.objects.get(code="enterprise-s1", is_current=True)
    codes = list(row.steps.order_by("pk").values_list("code", flat=True))
    assert set(codes) == {"page", "ten-minutes", "late-warning", "missed"}
    added = row.steps.get(code="ten-minutes")
    assert (added.offset_us, added.recipients) == (600_000_000, ["csm", "role:team_lead"])


def test_a_policy_without_a_step_is_refused_in_words(operator: Client) -> None:
    gone = {f"steps-{number}-DELETE": "on" for number in range(4)}
    found = operator.post(page(), filled(operator, page(), _save="1", **gone))
    assert "tells nobody: end it instead" in found.content.decode()
    assert EscalationPolicy.objects.filter(code="enterprise-s1").count() == 1


def test_a_policy_ends(operator: Client) -> None:
    operator.post(page(), filled(operator, page(), _end="1"))
    assert not EscalationPolicy.objects.filter(code="enterprise-s1", is_current=True).exists()


def test_a_new_policy_is_made(operator: Client) -> None:
    address = reverse("admin:sla_escalationpolicy_add")
    data = filled(
        operator,
        address,
        _save="1",
        code="starter-s1",
        name="Starter, critical",
        plan="starter",
        severity="S1",
        metric="first_response",
        **{
            "steps-0-code": "missed",
            "steps-0-kind": "after_due",
            "steps-0-amount": "0",
            "steps-0-tell": ["role:team_lead"],
        },
    )
    answer = operator.post(address, data)
    assert answer.status_code == 302, answer.context["form"].errors
    again = operator.post(address, {**data, "severity": "S2"})
    assert "in force already" in again.content.decode()


@pytest.mark.parametrize("who", ["alice", "carla"])
def test_policies_are_for_operators(client: Client, desk: Desk, who: str) -> None:
    client.force_login(getattr(desk, who))
    assert client.get(reverse(LIST)).status_code == 403
    assert client.get(page()).status_code == 403
    assert client.post(page(), {"_end": "1"}).status_code == 403
    assert EscalationPolicy.objects.filter(code="enterprise-s1", is_current=True).exists()


def test_the_holders_of_a_role_are_ticked(operator: Client, desk: Desk) -> None:
    role = ContactRole.objects.get(code="head_of_support")
    address = reverse("admin:sla_contactrole_change", args=[role.pk])
    operator.post(address, {"name": "Head of support", "people": [desk.alice.pk]})
    assert list(role.people.all()) == [desk.alice]
    assert "Alice" in operator.get(reverse("admin:sla_contactrole_changelist")).content.decode()


def test_notices_never_go_to_an_address_that_becomes_tickets(desk: Desk) -> None:
    source = Source.objects.all()[0]
    Source.objects.filter(pk=source.pk).update(address="help@sivocenter.example")
    told = SourceRecipient(source=source, address="Help@sivocenter.example")
    with pytest.raises(ValidationError, match="would become tickets"):
        told.full_clean()
    told.address = "team@sivocenter.example"
    told.full_clean()
