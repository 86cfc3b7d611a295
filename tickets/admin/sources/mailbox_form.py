"""The settings of a mailbox: what is secret goes in and never comes out."""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.admin.bases import BaseStackedInline
from tickets.models import LoginKind, Mailbox, OAuthProvider, Security

_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*\.?")
_TENANT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,98}[A-Za-z0-9])?")
_LOCAL_NAMES: Final = frozenset({"localhost", "localhost.localdomain"})
# The field in the form, and the column it fills.
SECRETS: Final = {
    "new_password": "password",
    "new_client_secret": "oauth_client_secret",
    "new_refresh_token": "oauth_refresh_token",
}
_OAUTH: Final = ("oauth_provider", "oauth_client_id")
_OAUTH_FIELDS: Final = frozenset(
    {*_OAUTH, "oauth_tenant", "new_client_secret", "new_refresh_token"}
)
FIELDS: Final = [
    "host",
    "port",
    "security",
    "username",
    "login_kind",
    "new_password",
    "oauth_provider",
    "oauth_tenant",
    "oauth_client_id",
    "new_client_secret",
    "new_refresh_token",
    "folder",
    "sent_folder",
    "starts_at",
    "poll_seconds",
]


def _write_only(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=8_000,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
        help_text=gettext_lazy(
            "Empty: what is set stays, as long as the server does. It cannot be read here again."
        ),
    )


class MailboxForm(forms.ModelForm):  # type: ignore[type-arg]
    """A mailbox, checked in words before anything is sent to it."""

    new_password = _write_only(gettext_lazy("Password"))
    new_client_secret = _write_only(gettext_lazy("OAuth client secret"))
    new_refresh_token = _write_only(gettext_lazy("OAuth refresh token"))

    field_order = FIELDS

    class Meta:
        model = Mailbox
        fields = [name for name in FIELDS if name not in SECRETS]

    def __init__(self, *args: Any, preset: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        """`preset`: what is known of the kind of mailbox, and not asked for."""
        super().__init__(*args, **kwargs)
        for name, value in (preset or {}).items():
            if name not in SECRETS:
                setattr(self.instance, name, value)
            del self.fields[name]
        if preset is not None:
            self._ask_for_all()
        self.fields["username"].help_text = _("Usually the whole mail address.")
        if "host" in self.fields:
            self.fields["host"].widget.attrs["placeholder"] = "imap.example.com"
        if "starts_at" in self.fields:
            self.fields["starts_at"].required = False
            self.fields["starts_at"].initial = timezone.now

    def _ask_for_all(self) -> None:
        """Of a new mailbox nothing is set that could stay."""
        for name in (*SECRETS, *_OAUTH, "oauth_tenant"):
            if name in self.fields:
                # `clean` says in its own words what is missing.
                self.fields[name].widget.is_required = True
        for name in SECRETS:
            if name in self.fields:
                self.fields[name].help_text = _("It cannot be read here again.")

    def clean_host(self) -> str:
        """A name or an address of a server; never a URL, never a network's own address."""
        host = str(self.cleaned_data.get("host") or "").strip().lower()
        address = _address(host)
        if address is not None and (
            address.is_link_local or address.is_multicast or address.is_unspecified
        ):
            raise forms.ValidationError(_("This is no address of a mail server."))
        if address is None and not _HOST.fullmatch(host):
            raise forms.ValidationError(
                _("Enter the server's name alone, such as imap.example.com.")
            )
        return host

    def clean_oauth_tenant(self) -> str:
        """It becomes part of an address at Microsoft's."""
        tenant = str(self.cleaned_data.get("oauth_tenant") or "").strip()
        if tenant and not _TENANT.fullmatch(tenant):
            raise forms.ValidationError(
                _("Enter the tenant's id or domain: letters, digits, dots and hyphens.")
            )
        return tenant

    def clean_starts_at(self) -> Any:
        """Now, unless somebody wants older mail too."""
        return self.cleaned_data.get("starts_at") or timezone.now()

    def clean(self) -> dict[str, Any]:
        """What only fits together."""
        super().clean()
        # What is not asked for is as it was set before.
        known = {name: getattr(self.instance, name) for name in FIELDS if name not in SECRETS}
        data: dict[str, Any] = {**known, **self.cleaned_data}
        if data.get("security") == Security.NONE and not _is_here(str(data.get("host") or "")):
            self.add_error(
                "security",
                _("Without encryption only a server on this machine (localhost) is read."),
            )
        sent = str(data.get("sent_folder") or "")
        if sent and sent == data.get("folder"):
            self.add_error("sent_folder", _("Sent mail must lie in a folder of its own."))
        if data.get("login_kind") == LoginKind.XOAUTH2:
            self._check_oauth(data)
        elif not self._has("new_password"):
            self.add_error("new_password", _("Enter the password."))
        return self.cleaned_data

    def _has(self, name: str) -> bool:
        """Whether a secret is entered, or set and still for the same server.

        Else whoever may change the server could have the secrets of the old one sent to theirs.
        """
        moved = self.instance.pk and not {"host", "port", "security"}.isdisjoint(self.changed_data)
        stored = getattr(self.instance, SECRETS[name])
        return bool(self.cleaned_data.get(name) or (stored and not moved))

    def _check_oauth(self, data: dict[str, Any]) -> None:
        for name in _OAUTH:
            if not data.get(name):
                self.add_error(name, _("OAuth 2 needs it."))
        for name in ("new_client_secret", "new_refresh_token"):
            if not self._has(name):
                self.add_error(name, _("OAuth 2 needs it."))
        if data.get("oauth_provider") == OAuthProvider.MICROSOFT and not data.get("oauth_tenant"):
            self.add_error("oauth_tenant", _("Microsoft 365 needs it."))

    def save(self, commit: bool = True) -> Any:
        """Sets what was entered, and forgets what is not used to log in any more."""
        mailbox = super().save(commit=False)
        for name, column in SECRETS.items():
            if self.cleaned_data.get(name):
                setattr(mailbox, column, self.cleaned_data[name])
        if mailbox.login_kind == LoginKind.XOAUTH2:
            mailbox.password = ""
        else:
            mailbox.oauth_client_secret = mailbox.oauth_refresh_token = ""
        if commit:
            mailbox.save()
        return mailbox


class MailboxInline(BaseStackedInline):
    """The mailbox on its source's page."""

    model = Mailbox
    form = MailboxForm
    extra = 0
    max_num = 1
    can_delete = False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """OAuth in a fold where a password is used; what is write-only for those who may write."""
        may_write = self.has_change_permission(request, obj)
        shown = [name for name in FIELDS if may_write or name not in SECRETS]
        mailbox = getattr(obj, "mailbox", None)
        folded = mailbox is not None and mailbox.login_kind == LoginKind.PASSWORD
        oauth = [name for name in shown if name in _OAUTH_FIELDS]
        return [
            (None, {"fields": [name for name in shown if name not in _OAUTH_FIELDS]}),
            ("OAuth 2", {"fields": oauth, "classes": ["collapse"] if folded else []}),
        ]


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_here(host: str) -> bool:
    address = _address(host)
    return host.rstrip(".") in _LOCAL_NAMES if address is None else address.is_loopback
