"""The conversation as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """Tickets, messages, deliveries and the log."""

    name = "tickets"
    verbose_name = _("Conversations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers the checks, and who is woken when an answer waits."""
        from tickets import checks  # noqa: F401  (registers by being imported)
        from tickets.domain.wake_ups import register_outbox_waker
        from tickets.tasks import wake_outbox

        register_outbox_waker(wake_outbox)
