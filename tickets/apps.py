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
        from tickets.domain.scopes import Scope, register_scope
        from tickets.domain.wake_ups import register_outbox_waker
        from tickets.tasks import wake_outbox

        register_outbox_waker(wake_outbox)
        for code, permission, label in (
            ("read:tickets", "tickets.view_ticket", _("read tickets and their messages")),
            ("write:tickets", "tickets.change_ticket", _("open and work tickets")),
            ("read:customers", "tickets.view_customer", _("read customers")),
            ("read:deliveries", "tickets.view_delivery", _("read what was delivered")),
        ):
            register_scope(Scope(code=code, permission=permission, label=label))
