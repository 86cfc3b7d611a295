"""With what the API of a source's tool is asked: the token goes in and never comes out."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.admin.bases import BaseStackedInline
from tickets.inbound.polls.table import POLLS
from tickets.models import SourceKind, ToolAccess
from tickets.outbound.reach import CallRefused, LeadsInside, Reach, check_address
from tickets.outbound.tools.table import ANSWER_WAYS

_TOKEN: Final = "new_token"  # noqa: S105  (the name of a field)
# Whose tools each have a field: what the others need is asked by Poll.needs.
_EXAMPLES: Final[Mapping[str, str]] = {
    SourceKind.ZENDESK: "https://acme.zendesk.com",
    SourceKind.JIRA: "https://acme.atlassian.net",
    SourceKind.CHATWOOT: "https://app.chatwoot.com",
    SourceKind.ZAMMAD: "https://acme.zammad.com",
    SourceKind.SLACK: "https://slack.com",
}
_ACCOUNTS: Final[Mapping[str, Any]] = {
    SourceKind.CHATWOOT: (
        gettext_lazy("Number of the account"),
        gettext_lazy("It stands in the address of each page there: /app/accounts/1/…"),
    ),
    SourceKind.JIRA: (
        gettext_lazy("Key of the project"),
        gettext_lazy("The letters before the number of each issue: SUP of SUP-482."),
    ),
}
# What the account or the app must be allowed so that files go with answers.
_FOR_FILES: Final[Mapping[str, Any]] = {
    SourceKind.ZENDESK: gettext_lazy(
        "Files go with them where ticket attachments are allowed in Zendesk."
    ),
    SourceKind.CHATWOOT: gettext_lazy(
        "Files go with them as far as the inbox takes their types and sizes."
    ),
    SourceKind.SLACK: gettext_lazy(
        "The app needs the scope chat:write and, so that files go with them, files:write."
    ),
}


def uses_of(kind: str) -> list[str]:
    """What an access to this tool may be used for; its deadlines have a page of their own."""
    return [
        *(["reads"] if kind in POLLS else []),
        *(["answers"] if kind in ANSWER_WAYS else []),
    ]


def needs_of(kind: str) -> frozenset[str]:
    """The fields without which this tool cannot be asked."""
    return POLLS[kind].needs if kind in POLLS else frozenset()


class ToolAccessForm(forms.ModelForm):  # type: ignore[type-arg]
    """An access, checked in words before anything is sent to it."""

    new_token = forms.CharField(
        label=gettext_lazy("API token"),
        required=False,
        max_length=2_000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
        help_text=gettext_lazy(
            "Empty: what is set stays, as long as the address does. It cannot be read here again."
        ),
    )

    class Meta:
        model = ToolAccess
        fields = [
            *("base_url", "login", "account", "reads", "answers"),
            *("is_active", "poll_seconds"),
        ]

    kind = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        needs, uses = needs_of(self.kind), uses_of(self.kind)
        for name in {"reads", "answers"}.difference(uses):
            self.fields.pop(name, None)
        if "reads" not in uses:
            self.fields.pop("poll_seconds", None)
        if self.kind == SourceKind.SLACK and "base_url" in self.fields:
            self.fields["base_url"].initial = _EXAMPLES[self.kind]
        for name in ("login", "account"):
            if name not in needs:
                self.fields.pop(name, None)
            elif name in self.fields:
                self.fields[name].required = True
        if "account" in self.fields:
            self.fields["account"].label, self.fields["account"].help_text = _ACCOUNTS[self.kind]
        if "reads" in self.fields:
            self.fields["reads"].help_text = _(
                "Every conversation that the account of the token sees is looked at, and what is "
                "missing here is taken in: let it see what this source is for, and no more."
            )
        self._say_what_files_need()
        if "base_url" in self.fields:
            self.fields["base_url"].widget.attrs["placeholder"] = _EXAMPLES[self.kind]

    def _say_what_files_need(self) -> None:
        if "answers" in self.fields and self.kind in _FOR_FILES:
            field = self.fields["answers"]
            field.help_text = f"{field.help_text} {_FOR_FILES[self.kind]}"

    def clean_base_url(self) -> str:
        """The tool's own address, such as may be called."""
        url = str(self.cleaned_data.get("base_url") or "").strip().rstrip("/")
        reach = Reach(private_hosts=frozenset(settings.TOOL_PRIVATE_HOSTS))
        try:
            parts = check_address(url, reach)
        except LeadsInside:
            raise forms.ValidationError(
                _(
                    "This address lies in a private network. Whoever runs this service can allow "
                    "it: TOOL_PRIVATE_HOSTS."
                )
            ) from None
        except CallRefused:
            raise forms.ValidationError(
                _("Enter the address of the tool with https://, such as %(example)s.")
                % {"example": _EXAMPLES[self.kind]}
            ) from None
        if parts.query or parts.fragment:
            raise forms.ValidationError(_("Enter the address alone, without what follows a “?”."))
        return url

    def clean_account(self) -> str:
        """It becomes part of addresses and questions."""
        account = str(self.cleaned_data.get("account") or "").strip()
        if self.kind == SourceKind.CHATWOOT and not (account.isascii() and account.isdigit()):
            raise forms.ValidationError(_("Enter the number alone, such as 1."))
        if self.kind == SourceKind.JIRA and not account.replace("_", "").isalnum():
            raise forms.ValidationError(_("Enter the key alone, such as SUP."))
        return account

    def clean_new_token(self) -> str:
        """One line, as it was copied."""
        token = str(self.cleaned_data.get(_TOKEN) or "").strip()
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise forms.ValidationError(
                _("The token holds characters that no token has: copy it again.")
            )
        return token

    def clean(self) -> dict[str, Any]:
        """A token goes only to the address that it was entered for."""
        super().clean()
        # Else whoever may change the address could have the token sent to theirs.
        moved = self._has_new("base_url")
        if not self.cleaned_data.get(_TOKEN) and (moved or not self.instance.token):
            self.add_error(_TOKEN, _("Enter the token that belongs to this address."))
        return self.cleaned_data

    def _has_new(self, name: str) -> bool:
        return self.cleaned_data.get(name) != self.initial.get(name) and name in self.fields

    def save(self, commit: bool = True) -> Any:
        """Sets the token that was entered; what went wrong before is asked anew."""
        access = super().save(commit=False)
        if self.cleaned_data.get(_TOKEN):
            access.token = self.cleaned_data[_TOKEN]
        if "reads" not in uses_of(self.kind):
            access.reads = False
        if self._has_new("base_url") or self._has_new("account"):
            # Another tool has another past.
            access.looked_until, access.looks_from, access.progress = None, None, {}
        access.open_until, access.next_look_at, access.failures = None, None, 0
        access.trouble, access.trouble_since = "", None
        if commit:
            access.save()
        return access


class ToolAccessInline(BaseStackedInline):
    """The API of the tool, on its source's page."""

    model = ToolAccess
    form = ToolAccessForm
    max_num = 1
    can_delete = False
    verbose_name = gettext_lazy("API access")
    verbose_name_plural = gettext_lazy("API access")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """One to fill in, until there is one."""
        return 0 if obj is not None and hasattr(obj, "tool_access") else 1

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What this tool needs."""
        needs, uses = needs_of(obj.kind), uses_of(obj.kind)
        may_write = self.has_change_permission(request, obj) or self.has_add_permission(
            request, obj
        )
        fields = ["base_url", *(name for name in ("login", "account") if name in needs)]
        fields += [_TOKEN] if may_write else []
        fields += [*uses, "is_active", *(["poll_seconds"] if "reads" in uses else [])]
        return [(None, {"fields": fields})]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Knows which tool it is of."""
        kwargs["form"] = type("ToolAccessFormOf", (ToolAccessForm,), {"kind": obj.kind})
        return super().get_formset(request, obj, **kwargs)


class NewToolAccessInline(ToolAccessInline):
    """The same in a fold, until there is one."""

    classes = ["collapse"]
