"""A call of the API that must not be done twice: what it made, without any text."""

from django.conf import settings
from django.db import models

from tickets.models.message import Message
from tickets.models.ticket import Ticket


class ApiCall(models.Model):
    """One `Idempotency-Key` of one user: the answer is written anew from what it made."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    # Hashes: what a client chose as its key is a text too.
    key_sha256 = models.CharField(max_length=64)
    # Empty after an erasure: whatever is repeated then is taken for the same call.
    request_sha256 = models.CharField(max_length=64, blank=True)
    status = models.PositiveSmallIntegerField()
    ticket = models.ForeignKey(
        Ticket, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    message = models.ForeignKey(
        Message,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint("user", "key_sha256", name="one_call_per_user_and_key"),
        ]
        indexes = [models.Index(fields=["made_at"], name="api_calls_by_age")]

    def __str__(self) -> str:
        return f"{self.status} {self.made_at:%Y-%m-%d %H:%M:%S}"
