"""How each person is told, and the addresses that hear of a source."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext as _

from sla.models import NoticePreference
from tickets.admin.bases import TitledAdmin
from tickets.queries import agents


class NoticePreferenceForm(forms.ModelForm):  # type: ignore[type-arg]
    """The language and the zone of one person's notices."""

    class Meta:
        model = NoticePreference
        fields = ["person", "language", "zone"]

    def clean_zone(self) -> str:
        """A zone by its name, such as Europe/Madrid."""
        zone = str(self.cleaned_data.get("zone") or "")
        if zone not in available_timezones():
            raise forms.ValidationError(_("Enter a zone such as Europe/Madrid."))
        return zone


class NoticePreferenceAdmin(TitledAdmin):
    """In which language and zone each person is told."""

    form = NoticePreferenceForm
    list_display = ["person", "language", "zone"]
    list_select_related = ["person"]
    actions = None

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """People of ours who are still here."""
        if db_field.name == "person":
            kwargs["queryset"] = agents()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class SourceRecipientAdmin(TitledAdmin):
    """Addresses that hear of a source's tickets."""

    list_display = ["source", "address", "language"]
    list_select_related = ["source"]
    actions = None
