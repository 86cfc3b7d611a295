"""The keys that sign what leaves the house, derived from the secret keys of the service."""

import hmac

from django.conf import settings

_PURPOSE = b"sivo outgoing mail, version 1"


def signing_keys() -> tuple[bytes, ...]:
    """The newest first: it signs; all of them verify, so that a rotation breaks no thread."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return tuple(hmac.digest(str(secret).encode(), _PURPOSE, "sha256") for secret in secrets)
