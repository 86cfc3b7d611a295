"""The forms of a source: a credential goes in, none comes out."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from tickets.admin.labels import CHANNEL_LABELS, in_words
from tickets.admin.sources.guide import Tool
from tickets.admin.sources.guides import credential_of, is_made_here, tool_of
from tickets.admin.sources.maps import PeopleField, clean_priorities, clean_statuses
from tickets.domain.words import Channel
from tickets.inbound.standard import SecretError, check_secret
from tickets.inbound.tools.table import TOOLS
from tickets.models import Source, SourceKind
from tickets.providers.credentials import BadCredential, Credential, clean_credential

_SECRET_HELP = _(
    "Only if the other side made the secret (whsec_… or whpk_…). It is added in front "
    "of those that are set; it cannot be read here again."
)
_FIRST_SECRET_HELP = _(
    "Only if the other side made the secret (whsec_… or whpk_…); empty: we make one. It cannot "
    "be read here again."
)
_FIRST_CREDENTIAL_HELP = _(
    "Copied from the provider; it can be entered later too, on the source's page. It cannot be "
    "read here again."
)
_FIRST_OWN_SECRET_HELP = _(
    "Only if the tool has a secret already; empty: we make one. It cannot be read here again."
)
_OWN_SECRET_HELP = _(
    "Only if the tool has a secret already. It is added in front of those that are set; it cannot "
    "be read here again."
)
_CREDENTIAL_HELP = _(
    "Copied from the provider. It is added in front of those that are set; it cannot be read "
    "here again."
)


def _field(name: str) -> Any:
    return Source._meta.get_field(name)  # noqa: SLF001  (Django's own way to the options)


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A source as it is; its new credential is checked by its kind."""

    new_secret = forms.CharField(
        label=_("New signing secret"),
        required=False,
        max_length=8_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
        help_text=_SECRET_HELP,
    )
    agent_ids = PeopleField(
        label=capfirst(_field("agent_ids").verbose_name),
        required=False,
        help_text=_field("agent_ids").help_text,
    )
    bot_ids = PeopleField(
        label=capfirst(_field("bot_ids").verbose_name),
        required=False,
        help_text=_field("bot_ids").help_text,
    )

    class Meta:
        model = Source
        fields = [
            "name",
            "channel",
            "address",
            "acknowledges",
            "is_active",
            "stop_tolerance_seconds",
            "priority_map",
            "priority_binding",
            "status_map",
            "agent_ids",
            "bot_ids",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.kind:
            name_credential(self, self.instance.kind, tool_of(self.instance))
        if "channel" in self.fields:
            self.fields["channel"].widget.choices = [
                (channel.value, CHANNEL_LABELS[channel]) for channel in Channel
            ]

    def clean_agent_ids(self) -> list[str]:
        """Each user name in it is that of somebody who works here."""
        lines: list[str] = self.cleaned_data.get("agent_ids") or []
        named = {user.strip() for line in lines for _id, _is, user in [line.partition(" = ")]}
        wanted = named - {""}
        people = User.objects.filter(username__in=wanted, is_active=True, is_staff=True)
        unknown = sorted(wanted - set(people.values_list("username", flat=True)))
        if unknown:
            raise forms.ValidationError(
                _("Nobody here has the user name “%(name)s”."), params={"name": unknown[0]}
            )
        return lines

    def clean_priority_map(self) -> dict[str, str]:
        """Their words as they are compared, each with one of our severities."""
        return clean_priorities(self.cleaned_data.get("priority_map"))

    def clean_status_map(self) -> dict[str, str]:
        """Their words as they are compared, each with one of our statuses."""
        return clean_statuses(self.cleaned_data.get("status_map"))

    def clean(self) -> dict[str, Any]:
        """Nothing is binding that means nothing."""
        data = super().clean() or self.cleaned_data
        if data.get("priority_binding") and not (
            data.get("priority_map") or "priority_map" in self.errors
        ):
            self.add_error("priority_binding", _("Say first what their priorities mean here."))
        return data

    def clean_new_secret(self) -> str:
        """A credential as the kind of the source wants it."""
        return checked_credential(self.instance.kind, self.cleaned_data.get("new_secret"))


class SetupForm(SourceForm):
    """A new source: only the fields of its tool."""

    class Meta(SourceForm.Meta):
        fields = ["name", "address", "channel", "agent_ids", "bot_ids"]

    def __init__(self, *args: Any, tool: Tool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.kind = tool.kind
        name_credential(self, tool.kind, tool)
        first = self.fields.get("new_secret")
        if first is not None:
            made = tool.kind in TOOLS and is_made_here(tool.kind)
            first.help_text = _FIRST_OWN_SECRET_HELP if made else _FIRST_CREDENTIAL_HELP
        for name in {"agent_ids", "bot_ids"} - set(tool.asks):
            del self.fields[name]
        if tool.kind in TOOLS:
            del self.fields["address"], self.fields["channel"]
            self.instance.channel = tool.channel
        elif tool.kind == SourceKind.STANDARD:
            del self.fields["address"]
            self.fields["new_secret"].label = _("Signing secret")
            self.fields["new_secret"].help_text = _FIRST_SECRET_HELP
        else:
            del self.fields["channel"]
            self.instance.channel = "email"


def name_credential(form: forms.BaseForm, kind: str, tool: Tool) -> None:
    """Calls the credential as the tool does; none is asked for where we make it or need none."""
    field = form.fields.get("new_secret")
    if field is None or kind == SourceKind.STANDARD:
        return
    if credential_of(kind) in {None, Credential.BASIC}:
        del form.fields["new_secret"]
        return
    field.label = capfirst(str(tool.credential or _("secret")))
    field.help_text = str(_OWN_SECRET_HELP if is_made_here(kind) else _CREDENTIAL_HELP)


def checked_credential(kind: str, given: object) -> str:
    """The credential as it is stored, "" for none. Raises ValidationError without repeating it."""
    text = str(given or "").strip()
    if not text:
        return ""
    credential = credential_of(kind)
    most = TOOLS[kind].secret_most if kind in TOOLS else len(text)
    if len(text) > most:
        raise forms.ValidationError(
            _("The tool takes at most %(most)d characters."), params={"most": most}
        )
    try:
        if credential is not None:
            return clean_credential(credential, text)
        check_secret(text)
    except (SecretError, BadCredential) as error:
        raise forms.ValidationError(in_words(error)) from None
    return text
