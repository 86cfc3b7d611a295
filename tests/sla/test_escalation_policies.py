"""Policies: which of them governs, what ships, and what an edit does to clocks that run."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from sla.domain.clocks.target import Metric
from sla.domain.escalation.document import load_escalation_document, shipped_escalation
from sla.domain.escalation.draft import PolicyDraft, PolicyRefused, check_draft
from sla.domain.escalation.policy import Policy, PolicyBook, Step
from sla.domain.escalation.words import StepKind
from sla.domain.terms.reader import TermsError
from sla.models import Clock, EscalationPolicy, Notice
from sla.operations.escalation.policies import end_policy, load_escalation, save_policy
from tests.sla.escalation_world import fired, sweep_at, sweep_each, the_house
from tests.sla.world import contract_clock, customer, madrid, ticket_by_mail

OPENED = madrid("2026-11-18 10:00")
MINUTE = timedelta(minutes=1)
MINUTE_US = 60_000_000
DRAFT = next(p for p in shipped_escalation().policies if p.code == "enterprise-s1")


def policy(code: str, *, plan: str = "", severity: str = "", **more: object) -> Policy:
    """A version of a first response's policy."""
    said: dict[str, object] = {"id": 1, "made_at": 0, "bases": frozenset({"contract"}), **more}
    return Policy(
        code=code,
        plan=plan,
        severity=severity,
        metric=Metric.FIRST_RESPONSE,
        steps=(),
        **said,  # type: ignore[arg-type]
    )


def governs(*versions: Policy, at: int = 10, basis: str = "contract") -> str | None:
    found = PolicyBook(versions).governing(
        plan="pro", severity="S1", metric=Metric.FIRST_RESPONSE, basis=basis, at=at
    )
    return found.code if found else None


@pytest.mark.parametrize("turned", [False, True])
def test_the_most_exact_policy_governs_whatever_the_names_and_the_order(turned: bool) -> None:
    for names in ("abcd", "dcba"):
        exact = policy(names[0], plan="pro", severity="S1", id=1)
        of_plan = policy(names[1], plan="pro", id=2)
        of_severity = policy(names[2], severity="S1", id=3)
        of_any = policy(names[3], id=4)
        known = [exact, of_plan, of_severity, of_any]
        for number, expected in enumerate(known):
            left = known[number:]
            assert governs(*(reversed(left) if turned else left)) == expected.code


def test_a_policy_governs_from_when_it_was_made_and_until_it_ends() -> None:
    made = policy("a", made_at=5)
    ended = policy("a", made_at=9, id=2, is_retired=True)
    below = policy("b", made_at=0, id=3)
    exact = replace(made, severity="S1"), replace(ended, severity="S1")
    assert [governs(*exact, below, at=at) for at in (4, 5, 8, 9)] == ["b", "a", "a", "b"]


def test_a_policy_is_only_for_the_clocks_that_it_watches() -> None:
    assert governs(policy("a"), basis="objective") is None
    assert governs(policy("a", severity="S1"), policy("b", bases={"objective"}, id=2)) == "a"


def test_what_ships_fits_what_was_asked_for() -> None:
    steps = {step.code: step for step in DRAFT.steps}
    assert steps["page"] == Step(code="page", kind=StepKind.FRACTION, recipients=("on_duty",))
    assert (steps["half"].share, steps["half"].recipients) == (5_000, ("role:team_lead",))
    assert steps["late-warning"].share == 8_000
    assert steps["missed"].repeat_every_us == 30 * MINUTE_US
    assert {"role:head_of_support", "csm"} <= set(steps["missed"].recipients)


def step(**changes: object) -> tuple[Step, ...]:
    return (replace(Step(code="a", kind=StepKind.FRACTION, recipients=("csm",)), **changes),)  # type: ignore[arg-type]


WRONG: dict[str, dict[str, object]] = {
    "no name": {"name": " "},
    "a code with blanks": {"code": "a b"},
    "no step": {"steps": ()},
    "one code twice": {"steps": step() * 2},
    "nobody to tell": {"steps": step(recipients=())},
    "an unknown word": {"steps": step(recipients=("everybody",))},
    "a word with a hole": {"steps": step(recipients=("user:",))},
    "an unknown kind of clock": {"bases": ("all",)},
    "no kind of clock": {"bases": ()},
    "repeats by the second": {"steps": step(repeat_every_us=1, repeat_at_most=1)},
    "repeats for ever": {"steps": step(repeat_every_us=MINUTE_US, repeat_at_most=501)},
    "repeats without an interval": {"steps": step(repeat_at_most=2)},
    "a negative share": {"steps": step(share=-1)},
    "a share and an offset": {"steps": step(offset_us=1)},
    "a severity of another house": {"severity": "P1"},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
def test_a_policy_that_cannot_be_is_refused_in_words(changes: dict[str, object]) -> None:
    with pytest.raises(PolicyRefused) as refused:
        check_draft(replace(DRAFT, **changes))  # type: ignore[arg-type]
    assert str(refused.value).endswith(".")


def test_a_file_with_two_policies_for_the_same_is_refused() -> None:
    one = 'name = {en="x",es="x"}\nplan=""\nseverity=""\nmetric="resolution"\nbases=["objective"]\n'
    text = "[roles]\n" + "".join(
        f'[policies.{code}]\n{one}[policies.{code}.steps.due]\nafter_due_minutes=0\ntell=["csm"]\n'
        for code in ("a", "b")
    )
    with pytest.raises(TermsError, match="two are for the same"):
        load_escalation_document(text.encode())


pytestmark_db = pytest.mark.django_db


@pytest.fixture
def people(terms: None) -> dict[str, User]:
    made = the_house()
    customer("enterprise")
    return made


def edited(code: str, share: int, **changes: object) -> PolicyDraft:
    """The policy of Enterprise S1, with one step at a share and the miss."""
    moved = Step(code=code, kind=StepKind.FRACTION, share=share, recipients=("on_duty",))
    return replace(DRAFT, steps=(moved, DRAFT.steps[-1]), **changes)  # type: ignore[arg-type]


@pytestmark_db
def test_loading_again_changes_nothing_and_keeps_what_was_changed_here(
    people: dict[str, User],
) -> None:
    save_policy(draft=edited("sooner", 1_000), user=people["Tom"], now=OPENED)
    end_policy(code="any", user=people["Tom"], now=OPENED)
    before = list(EscalationPolicy.objects.order_by("pk").values())
    assert load_escalation(now=OPENED + MINUTE) == []
    assert list(EscalationPolicy.objects.order_by("pk").values()) == before
    current = EscalationPolicy.objects.get(code="enterprise-s1", is_current=True)
    assert (current.version, current.made_by) == (2, people["Tom"])


@pytestmark_db
def test_an_edit_reaches_running_clocks_at_the_next_sweep(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = contract_clock(ticket_by_mail(OPENED))
    sweep_at(monkeypatch, OPENED + 10 * MINUTE)
    save_policy(draft=edited("third", 4_000), user=people["Tom"], now=OPENED + 10 * MINUTE)
    sweep_at(monkeypatch, OPENED + 11 * MINUTE)
    clock.refresh_from_db()
    assert clock.next_check_at == OPENED + 12 * MINUTE
    sweep_each(monkeypatch, OPENED + 12 * MINUTE, OPENED + 31 * MINUTE, MINUTE)
    assert fired(clock) == [
        ("page", 0, "18. 10:00", "fired"),
        ("third", 0, "18. 10:12", "fired"),
        ("missed", 0, "18. 10:30", "fired"),
    ]


@pytestmark_db
def test_a_step_before_the_edit_is_not_applicable_and_tells_nobody(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = contract_clock(ticket_by_mail(OPENED))
    sweep_at(monkeypatch, OPENED + 16 * MINUTE)
    Notice.objects.all().delete()
    save_policy(draft=edited("third", 4_000), user=people["Tom"], now=OPENED + 16 * MINUTE)
    sweep_at(monkeypatch, OPENED + 17 * MINUTE)
    assert ("third", 0, "18. 10:12", "not_applicable") in fired(clock)
    assert not Notice.objects.exists()


@pytestmark_db
def test_what_passed_before_an_edit_that_came_first_still_fires(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing ran between 10:00 and 10:20; the half was due at 10:15, the edit came at 10:16.
    clock = contract_clock(ticket_by_mail(OPENED))
    save_policy(draft=edited("late", 9_000), user=people["Tom"], now=OPENED + 16 * MINUTE)
    sweep_at(monkeypatch, OPENED + 28 * MINUTE)
    assert fired(clock) == [
        ("page", 0, "18. 10:00", "fired"),
        ("half", 0, "18. 10:15", "fired"),
        ("late", 0, "18. 10:27", "fired"),
    ]


@pytestmark_db
def test_policies_that_come_to_a_running_house_do_not_tell_of_the_past(
    terms: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer("enterprise")
    clock = contract_clock(ticket_by_mail(OPENED))
    sweep_at(monkeypatch, OPENED + 40 * MINUTE)
    load_escalation(now=OPENED + 40 * MINUTE)
    sweep_each(monkeypatch, OPENED + 41 * MINUTE, OPENED + 120 * MINUTE, 10 * MINUTE)
    assert {outcome for *_, outcome in fired(clock)} == {"not_applicable"}
    assert [(step, repeat) for step, repeat, *_ in fired(clock)] == [
        ("page", 0),
        ("half", 0),
        ("late-warning", 0),
        ("missed", 0),
    ]
    assert not Notice.objects.exists()


@pytestmark_db
def test_an_edit_of_the_interval_goes_on_from_the_last_repeat(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = contract_clock(ticket_by_mail(OPENED))
    sweep_each(monkeypatch, OPENED, OPENED + 61 * MINUTE, MINUTE)
    slower = replace(DRAFT.steps[-1], repeat_every_us=60 * MINUTE_US)
    draft = replace(DRAFT, steps=(*DRAFT.steps[:-1], slower))
    save_policy(draft=draft, user=people["Tom"], now=OPENED + 62 * MINUTE)
    sweep_each(monkeypatch, OPENED + 63 * MINUTE, OPENED + 125 * MINUTE, MINUTE)
    assert fired(clock)[-2:] == [
        ("missed", 1, "18. 11:00", "fired"),
        ("missed", 2, "18. 12:00", "fired"),
    ]


@pytestmark_db
def test_when_a_policy_ends_the_less_exact_one_governs(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = contract_clock(ticket_by_mail(OPENED))
    end_policy(code="enterprise-s1", user=people["Tom"], now=OPENED + 5 * MINUTE)
    sweep_each(monkeypatch, OPENED + 6 * MINUTE, OPENED + 31 * MINUTE, MINUTE)
    assert [step for step, *_ in fired(clock)] == ["page", "late-warning", "missed"]
    assert set(clock.escalations.values_list("step_code", flat=True)) == {
        "enterprise-s1/page",
        "enterprise/late-warning",
        "enterprise/missed",
    }


@pytestmark_db
def test_two_policies_cannot_be_for_the_same(people: dict[str, User]) -> None:
    with pytest.raises(PolicyRefused, match="end it first"):
        save_policy(draft=replace(DRAFT, code="other"), user=None, now=OPENED)
    with pytest.raises(PolicyRefused, match="not in force"):
        end_policy(code="never-there", user=None, now=OPENED)


@pytestmark_db
def test_a_new_policy_is_planned_in_batches_behind_what_is_due(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        ticket_by_mail(OPENED)
    newest = save_policy(draft=edited("third", 4_000), user=None, now=OPENED + MINUTE)
    monkeypatch.setattr("sla.operations.clocks.sweep.BATCH", 2)
    sweep_at(monkeypatch, OPENED + 2 * MINUTE)
    assert not Clock.objects.filter(state="running", policies_read__lt=newest.pk).exists()
