"""The form of a new key."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext_lazy as _

from tickets.domain.scopes import all_scopes
from tickets.models import ApiKey
from tickets.operations.api.keys import MOST_DAYS
from tickets.queries import agents, person_name

if TYPE_CHECKING:
    KeyForm = forms.ModelForm[ApiKey]
    PersonChoice = forms.ModelChoiceField[User]
    GroupChoice = forms.ModelChoiceField[Group]
else:
    # Generic for the type checker only.
    KeyForm, PersonChoice, GroupChoice = (
        forms.ModelForm,
        forms.ModelChoiceField,
        forms.ModelChoiceField,
    )


class _PersonField(PersonChoice):
    def label_from_instance(self, obj: User) -> str:
        return person_name(obj)


def people_for(maker: User) -> Any:
    """Whose name a key of this maker's may bear: their own, and for a superuser everybody's."""
    if maker.is_superuser:
        return agents().exclude(is_superuser=True) | agents().filter(pk=maker.pk)
    return agents().filter(pk=maker.pk)


class ApiKeyForm(KeyForm):
    """What the program may do, in whose name, for how long; `maker` and `now` are the page's."""

    maker: User
    now: datetime

    acts_as_what = forms.ChoiceField(
        label=_("Acts as"),
        choices=[
            ("machine", _("a machine of its own, with the rights of a group")),
            ("person", _("a person of ours")),
        ],
        initial="machine",
        widget=forms.RadioSelect,
    )
    group = GroupChoice(
        label=_("Group of the machine"),
        queryset=Group.objects.order_by("name"),
        required=False,
        help_text=_("A machine of the group csms has no customers, and sees nothing of any."),
    )
    person = _PersonField(
        label=_("Person"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("Whoever holds the key speaks in this person's name."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Allowed to"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Never more than the person or the group may."),
    )
    days = forms.IntegerField(
        label=_("Good for (days)"), min_value=1, max_value=MOST_DAYS, initial=365
    )

    class Meta:
        model = ApiKey
        fields = ["name", "scopes"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people, scopes = self.fields["person"], self.fields["scopes"]
        if isinstance(people, forms.ModelChoiceField):
            people.queryset = people_for(self.maker)
        if isinstance(scopes, forms.MultipleChoiceField):
            scopes.choices = [(scope.code, str(scope.label)) for scope in all_scopes()]

    def clean(self) -> dict[str, Any]:
        """Exactly one to act as."""
        data: dict[str, Any] = super().clean() or {}
        chosen = "group" if data.get("acts_as_what") == "machine" else "person"
        if chosen not in self.errors and not data.get(chosen):
            self.add_error(chosen, _("Choose one."))
        return data

    def _post_clean(self) -> None:
        """The operation makes the row: nothing is put together here."""

    @property
    def wanted(self) -> dict[str, Any]:
        """What the operation takes, of a valid form."""
        data = self.cleaned_data
        is_machine = data["acts_as_what"] == "machine"
        return {
            "name": data["name"],
            "scopes": data["scopes"],
            "expires_at": self.now + timedelta(days=data["days"]),
            "group": data["group"] if is_machine else None,
            "person": None if is_machine else data["person"],
        }
