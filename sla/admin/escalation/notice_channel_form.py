"""The fields of a channel: what is secret goes in and never comes out."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sla.admin.address_field import AddressField, check_https
from sla.models import ChannelKind, NoticeChannel
from sla.notifiers.apprise_url import SchemeRefused, check_url


class NoticeChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    """A channel; its address is checked in words before anything is sent to it."""

    new_url = AddressField(
        help_text=gettext_lazy(
            "A mail address; an Apprise URL such as slack://, pagerduty://, twilio://; or the "
            "https:// address of a webhook. Empty: what is set stays. It cannot be read here again."
        )
    )

    class Meta:
        model = NoticeChannel
        fields = ["name", "kind", "language", "owner", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A new channel needs its address."""
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and "new_url" in self.fields:
            self.fields["new_url"].required = True

    def clean(self) -> dict[str, Any]:
        """The address must be one of its kind; another kind needs another address."""
        super().clean()
        kind = self.cleaned_data.get("kind") or self.instance.kind
        url = self.cleaned_data.get("new_url") or ""
        if not url and "kind" in self.changed_data and self.instance.pk:
            self.add_error("new_url", _("Another kind of channel needs its own address."))
        elif url:
            try:
                _check(kind, url)
            except ValidationError as error:
                self.add_error("new_url", error)
        return self.cleaned_data

    def save(self, commit: bool = True) -> Any:
        """Sets the address that was entered; a channel that was changed is tried again at once."""
        channel = super().save(commit=False)
        if self.cleaned_data.get("new_url"):
            channel.url = self.cleaned_data["new_url"]
            channel.failures, channel.open_until = 0, None
        if commit:
            channel.save()
        return channel


def _check(kind: str, url: str) -> None:
    if kind == ChannelKind.EMAIL:
        validate_email(url)
        return
    if kind == ChannelKind.APPRISE:
        try:
            check_url(url, frozenset(settings.NOTICE_APPRISE_SCHEMES))
        except SchemeRefused:
            raise ValidationError(
                _("This kind of address is not allowed here: use one of a known service.")
            ) from None
        return
    check_https(url)
