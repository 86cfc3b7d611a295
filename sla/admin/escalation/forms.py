"""The forms of an escalation policy: what it is about, its steps, and a dry run."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.renderers import get_default_renderer
from django.utils.translation import gettext_lazy as _

from sla.admin.escalation.words import BASES, METRIC_LABELS, MINUTE_US, PLAIN_WORDS
from sla.domain.clocks.target import Metric
from sla.domain.escalation.draft import PolicyDraft, in_order
from sla.domain.escalation.policy import SHARES, Step
from sla.domain.escalation.words import REPEATS_MOST, StepKind
from sla.models import ContactRole, EscalationPolicy, NoticeChannel, Plan
from tickets.domain.words import Severity
from tickets.queries import agents, person_name

if TYPE_CHECKING:
    _BaseFormSet = forms.BaseFormSet["StepForm"]
else:
    # Generic for the type checker only.
    _BaseFormSet = forms.BaseFormSet

_PERCENT = SHARES // 100
_MINUTES_MOST = 365 * 24 * 60


def _plans() -> list[tuple[str, Any]]:
    found = Plan.objects.order_by("strictness").values_list("code", "name").distinct()
    return list(dict(found).items())


class PolicyForm(forms.Form):
    """What a policy is about."""

    code = forms.SlugField(
        label=_("Code"),
        max_length=40,
        help_text=_("Stays the same in every version."),
    )
    name = forms.CharField(label=_("Name"), max_length=100)
    plan = forms.ChoiceField(label=_("Plan"), required=False)
    severity = forms.ChoiceField(
        label=_("Severity"),
        required=False,
        choices=[("", _("any")), *((each.value, each.value) for each in Severity)],
    )
    metric = forms.ChoiceField(label=_("Metric"), choices=METRIC_LABELS)
    bases = forms.MultipleChoiceField(
        label=_("Kinds of clock"),
        choices=list(BASES.items()),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"] = forms.ChoiceField(
            label=_("Plan"), required=False, choices=[("", _("any")), *_plans()]
        )
        if not is_new:
            self.fields["code"].disabled = True


class StepForm(forms.Form):
    """One step; the amount is a share in per cent or minutes, by its kind."""

    code = forms.SlugField(label=_("Code"), max_length=40)
    kind = forms.ChoiceField(
        label=_("When"),
        # What an empty row shows counts as not filled in.
        initial=StepKind.FRACTION.value,
        choices=[
            (StepKind.FRACTION.value, _("at % of the allowance")),
            (StepKind.BEFORE_DUE.value, _("minutes before the deadline")),
            (StepKind.AFTER_DUE.value, _("minutes after the deadline")),
        ],
    )
    amount = forms.DecimalField(
        label=_("% or minutes"), min_value=0, max_value=_MINUTES_MOST, decimal_places=2
    )
    repeat_minutes = forms.IntegerField(
        label=_("Repeat every (minutes)"), required=False, min_value=1, max_value=_MINUTES_MOST
    )
    repeat_at_most = forms.IntegerField(
        label=_("At most (times)"), required=False, min_value=1, max_value=REPEATS_MOST
    )

    def __init__(self, *args: Any, words: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tell"] = forms.MultipleChoiceField(
            label=_("Tell"), required=False, widget=forms.CheckboxSelectMultiple, choices=words
        )
        self.fields["people"] = forms.MultipleChoiceField(
            label=_("and these people"),
            required=False,
            choices=people,
            widget=forms.SelectMultiple(attrs={"size": 4}),
        )

    def as_step(self) -> Step:
        """The step that was filled in."""
        data = self.cleaned_data
        kind = StepKind(data["kind"])
        by_share = kind is StepKind.FRACTION
        every = data["repeat_minutes"]
        return Step(
            code=data["code"],
            kind=kind,
            share=int(data["amount"] * _PERCENT) if by_share else 0,
            offset_us=0 if by_share else int(data["amount"] * MINUTE_US),
            repeat_every_us=every * MINUTE_US if every else None,
            repeat_at_most=(data["repeat_at_most"] or REPEATS_MOST) if every else 0,
            recipients=(*data["tell"], *data["people"]),
        )


class BaseStepForms(_BaseFormSet):
    """All steps of a policy; the last rows are empty ones for more."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """The choices of recipients, looked up once."""
        if not hasattr(self, "_choices"):
            self._choices = {"words": _word_choices(), "people": _people_choices()}
        return {**super().get_form_kwargs(index), **self._choices}

    def word_names(self) -> dict[str, Any]:
        """What each choice of recipients is called."""
        choices = self.get_form_kwargs(None)
        return {**dict(choices["words"]), **dict(choices["people"])}

    def steps(self, allowance_us: int) -> tuple[Step, ...]:
        """The steps that were filled in and not removed, in the order in which they come."""
        kept = [
            form.as_step()
            for form in self.forms
            if (form.has_changed() or form.initial) and not form.cleaned_data.get("DELETE")
        ]
        return tuple(in_order(kept, allowance_us))


class StepForms(BaseStepForms):
    """With two empty rows."""

    form = StepForm
    extra = 2
    min_num = 0
    max_num = 30
    absolute_max = 60
    can_order = False
    can_delete = True
    can_delete_extra = False
    validate_min = False
    validate_max = True
    edit_only = False
    renderer = get_default_renderer()


class DryRunForm(forms.Form):
    """A ticket that was opened then, and that nobody answers."""

    opened_at = forms.DateTimeField(
        label=_("Opened at"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    of_plan = forms.ChoiceField(label=_("Plan"))
    of_severity = forms.ChoiceField(
        label=_("Severity"), choices=[(each.value, each.value) for each in Severity]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["of_plan"] = forms.ChoiceField(label=_("Plan"), choices=_plans())


def policy_initial(row: EscalationPolicy) -> dict[str, Any]:
    """What the form of a version shows."""
    return {
        "code": row.code,
        "name": row.name,
        "plan": row.plan_code,
        "severity": row.severity,
        "metric": row.metric,
        "bases": row.bases,
    }


def steps_initial(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """What the forms of its steps show."""
    return [
        {
            "code": step.code,
            "kind": step.kind.value,
            "amount": Decimal(step.share) / _PERCENT
            if step.kind is StepKind.FRACTION
            else Decimal(step.offset_us) / MINUTE_US,
            "repeat_minutes": step.repeat_every_us // MINUTE_US if step.repeat_every_us else None,
            "repeat_at_most": step.repeat_at_most or None,
            "tell": [word for word in step.recipients if not word.startswith("user:")],
            "people": [word for word in step.recipients if word.startswith("user:")],
        }
        for step in steps
    ]


def draft_of(form: PolicyForm, steps: tuple[Step, ...]) -> PolicyDraft:
    """The policy that was filled in."""
    data = form.cleaned_data
    return PolicyDraft(
        code=data["code"],
        name=data["name"],
        metric=Metric(data["metric"]),
        bases=tuple(data["bases"]),
        steps=steps,
        plan=data["plan"],
        severity=data["severity"],
    )


def _word_choices() -> list[tuple[str, Any]]:
    roles = ContactRole.objects.values_list("code", "name")
    channels = NoticeChannel.objects.filter(owner=None).values_list("pk", "name")
    return [
        *PLAIN_WORDS.items(),
        *((f"role:{code}", name) for code, name in roles),
        *((f"channel:{pk}", name) for pk, name in channels),
    ]


def _people_choices() -> list[tuple[str, str]]:
    return [(f"user:{each.pk}", person_name(each)) for each in agents()]
