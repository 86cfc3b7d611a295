"""A text that is encrypted at rest: Fernet with rotating keys, never logged, never searched."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    # Generic for the type checker only.
    _TextField = models.TextField


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def secret_box() -> MultiFernet:
    """The box made from SIVO_SECRETS_KEYS: the first key encrypts, every key decrypts."""
    return _box(tuple(settings.SECRETS_KEYS))


class EncryptedTextField(_TextField):
    """Stores a text encrypted; reads as the plain text."""

    def get_prep_value(self, value: Any) -> Any:
        """The encrypted form of a plain text."""
        if not value:
            return value
        return secret_box().encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        """The plain text; ImproperlyConfigured when no present key can open it."""
        if not value:
            return value
        try:
            return secret_box().decrypt(value.encode()).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                "A stored secret cannot be decrypted: put the key it was encrypted with back "
                "into SIVO_SECRETS_KEYS (old keys may stand behind the new one)."
            ) from None
