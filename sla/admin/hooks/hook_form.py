"""The fields of a webhook: its address goes in and never comes out."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from sla.admin.address_field import AddressField, check_https
from sla.models import HOOK_TYPE_LABELS, Hook
from tickets.queries import person_name


class HookForm(forms.ModelForm):  # type: ignore[type-arg]
    """Where it is called, what for, and who hears when it fails."""

    new_url = AddressField(
        help_text=gettext_lazy(
            "The https:// address of the receiver. Empty: what is set stays. It cannot be read "
            "here again."
        )
    )
    types = forms.MultipleChoiceField(
        label=gettext_lazy("Events"), widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Hook
        fields = ["name", "types", "customers", "owner", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A new webhook needs its address."""
        super().__init__(*args, **kwargs)
        if "new_url" in self.fields:
            self.fields["new_url"].required = self.instance.pk is None
        if "types" in self.fields:
            self.fields["types"].choices = [  # type: ignore[attr-defined]
                (kind.value, format_html("<code>{}</code> {}", kind.value, label))
                for kind, label in HOOK_TYPE_LABELS.items()
            ]

        if "owner" in self.fields:
            self.fields["owner"].label_from_instance = person_name  # type: ignore[attr-defined]

    def clean_new_url(self) -> str:
        """Only what may be called at all."""
        url = str(self.cleaned_data.get("new_url") or "")
        if url:
            check_https(url)
        return url


class SinceForm(forms.Form):
    """From when on everything is sent again."""

    since = forms.DateTimeField(
        label=gettext_lazy("Since"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("Events are kept for 30 days."),
    )
