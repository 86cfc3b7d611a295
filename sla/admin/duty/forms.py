"""The forms of duty: a rota with its secret feed, and people in turn."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sla.admin.duty.words import fault_words
from sla.domain.duty.feed import FeedTrouble
from sla.domain.duty.turns import TURNS_MOST
from sla.domain.time.timezones import zone_names
from sla.models import Rota
from sla.operations.duty.fetch_feed import check_feed_address
from tickets.admin.ticket.forms import PersonField
from tickets.queries import agents

PLACES: Final = 8


class RotaForm(forms.ModelForm):  # type: ignore[type-arg]
    """The address of a feed usually holds a secret: it goes in and never comes out."""

    new_feed = forms.CharField(
        label=gettext_lazy("iCalendar feed"),
        required=False,
        max_length=2_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
        help_text=gettext_lazy(
            "The https or webcal address of a calendar whose events name the person on duty, by "
            "attendee or in the title. Empty: what is set stays. It cannot be read here again."
        ),
    )
    forget_feed = forms.BooleanField(
        label=gettext_lazy("Forget the feed"),
        required=False,
        help_text=gettext_lazy("The shifts that it brought stay, and can be changed by hand."),
    )

    class Meta:
        model = Rota
        fields = ["name", "zone", "is_active"]

    def clean_zone(self) -> str:
        """A name of the tz database."""
        name = str(self.cleaned_data["zone"]).strip()
        if name not in zone_names():
            raise forms.ValidationError(_("There is no such time zone: write Europe/Madrid."))
        return name

    def clean_new_feed(self) -> str:
        """What can be told of an address without asking it."""
        url = str(self.cleaned_data.get("new_feed") or "").strip()
        if url:
            try:
                check_feed_address(url)
            except FeedTrouble as trouble:
                raise forms.ValidationError(fault_words(trouble.fault)) from None
        return url

    def _post_clean(self) -> None:
        """Fills what is not shown."""
        super()._post_clean()  # type: ignore[misc]
        new = self.cleaned_data.get("new_feed")
        if new or self.cleaned_data.get("forget_feed"):
            self.instance.ical_url = new or ""
            self.instance.ical_error = ""


class TurnsForm(forms.Form):
    """People in turn, each for some days; times are those of the rota's zone."""

    first_on = forms.DateField(
        label=gettext_lazy("First hand-over"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    first_at = forms.TimeField(
        label=gettext_lazy("at"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("Every hand-over is at this time of the day, summer and winter."),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days of each turn"), min_value=1, max_value=56, initial=7
    )
    count = forms.IntegerField(
        label=gettext_lazy("Number of turns"), min_value=1, max_value=TURNS_MOST, initial=PLACES
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A place for each person, in the order of their turns."""
        super().__init__(*args, **kwargs)
        for number in range(1, PLACES + 1):
            self.fields[f"person_{number}"] = PersonField(
                label=_("Person %(number)d") % {"number": number},
                queryset=agents(),
                required=number == 1,
            )

    @property
    def people(self) -> list[User]:
        """Those who were chosen, in turn; somebody may come twice."""
        chosen = [self.cleaned_data.get(f"person_{number}") for number in range(1, PLACES + 1)]
        return [person for person in chosen if person is not None]

    @property
    def first(self) -> datetime:
        """The naive local time of the first hand-over."""
        return datetime.combine(self.cleaned_data["first_on"], self.cleaned_data["first_at"])
