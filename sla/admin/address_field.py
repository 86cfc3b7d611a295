"""An address that is a secret: it goes in and never comes out."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.outbound.reach import CallRefused, Reach, check_address


class AddressField(forms.CharField):
    """Empty, once one is set: that one stays."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            label=gettext_lazy("Address"),
            required=False,
            max_length=2_000,
            strip=True,
            widget=forms.PasswordInput(
                attrs={"autocomplete": "off", "class": "vLargeTextField", "size": 80},
                render_value=False,
            ),
            **more,
        )


def check_https(url: str) -> None:
    """Only what may be called at all. Raises ValidationError."""
    try:
        check_address(url, Reach(private_hosts=frozenset(settings.NOTICE_PRIVATE_HOSTS)))
    except CallRefused:
        raise ValidationError(
            _("Enter an https:// address of a public host, without a name and a password in it.")
        ) from None
