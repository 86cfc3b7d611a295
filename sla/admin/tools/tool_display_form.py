"""The form of a display: what is shown, and the names of the tool's own fields."""

import re
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sla.admin.tools.tool_words import FIELD_LABELS
from sla.domain.tools.display import FieldCode
from sla.models import ToolDisplay
from sla.notifiers.tools.table import WRITERS
from tickets.models import ToolAccess

_NAMES: Final = {
    "zendesk": re.compile(r"[1-9][0-9]{0,19}"),
    "jira": re.compile(r"customfield_[0-9]{1,12}"),
    "chatwoot": re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}"),
    "zammad": re.compile(r"[a-z][a-z0-9_]{0,59}"),
}


def field_name(code: FieldCode) -> str:
    """The name of a code's field in the form."""
    return f"field_{code}"


def _shown_in(code: FieldCode) -> forms.CharField:
    label: Any = FIELD_LABELS[code]
    return forms.CharField(label=label, required=False, max_length=60)


class ToolDisplayForm(forms.ModelForm):  # type: ignore[type-arg]
    """One display; the switch belongs to the access to the tool."""

    writes = forms.BooleanField(
        label=gettext_lazy("Show deadlines in the tool"),
        required=False,
        help_text=gettext_lazy("Needs access to the tool, which the source's page sets up."),
    )

    field_due_at = _shown_in(FieldCode.DUE_AT)
    field_due_text = _shown_in(FieldCode.DUE_TEXT)
    field_state = _shown_in(FieldCode.STATE)
    field_severity = _shown_in(FieldCode.SEVERITY)
    field_plan = _shown_in(FieldCode.PLAN)
    field_objective_due_at = _shown_in(FieldCode.OBJECTIVE_DUE_AT)
    field_objective_due_text = _shown_in(FieldCode.OBJECTIVE_DUE_TEXT)
    field_link = _shown_in(FieldCode.LINK)

    class Meta:
        model = ToolDisplay
        fields = [
            *("tags", "due_tag", "note_at_risk", "note_missed", "language", "zone"),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The fields that this tool can show, with what stands there."""
        super().__init__(*args, **kwargs)
        access = ToolAccess.objects.filter(source=self.instance.source_id).first()
        if "writes" in self.fields:
            self.fields["writes"].initial = access is not None and access.writes
            self.fields["writes"].disabled = access is None
        for code, kind in WRITERS[self.instance.source.kind].codes.items():
            if field_name(code) in self.fields:
                field = self.fields[field_name(code)]
                field.initial = self.instance.fields.get(code, "")
                field.help_text = _("Type in the tool: %(type)s.") % {"type": kind}

    def clean_zone(self) -> str:
        """A zone by its name, such as Europe/Madrid."""
        zone = str(self.cleaned_data.get("zone") or "")
        if zone not in available_timezones():
            raise forms.ValidationError(_("Enter a zone such as Europe/Madrid."))
        return zone

    def clean(self) -> dict[str, Any]:
        """Each field has a name that this tool could have given it, and shows one thing."""
        super().clean()
        kind = self.instance.source.kind
        found: dict[str, str] = {}
        for code in WRITERS[kind].codes:
            name = str(self.cleaned_data.get(field_name(code)) or "").strip()
            if not name:
                continue
            if not _NAMES[kind].fullmatch(name):
                self.add_error(field_name(code), _wrong_name(kind))
            elif name in found.values():
                self.add_error(field_name(code), _("Another line shows in this field already."))
            else:
                found[code.value] = name
        self.cleaned_data["fields"] = found
        return self.cleaned_data

    def save(self, commit: bool = True) -> Any:
        """With the fields, and the switch at the access."""
        display = super().save(commit=False)
        display.fields = self.cleaned_data["fields"]
        if commit:
            display.save()
        return display


def _wrong_name(kind: str) -> str:
    return {
        "zendesk": _("Enter the number of the field, such as 360012345678."),
        "jira": _("Enter the field as customfield_10041."),
        "chatwoot": _("Enter the key of the attribute, such as sivo_due."),
        "zammad": _("Enter the name of the attribute, such as sivo_due."),
    }[kind]
