"""The promises as a Django app: connects the receiver and registers the guard."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SlaConfig(AppConfig):
    """Clocks, terms and agreements."""

    name = "sla"
    verbose_name = _("Promises")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hears of the log, judges changes, says what was promised and what is in trouble."""
        from sla import checks, receivers  # noqa: F401  (registers by being imported)
        from sla.operations.clocks.guard import judge_change
        from sla.operations.escalation.forget_address import forget_address
        from sla.queries.clocks.promises import promised_answer
        from sla.queries.tools.troubles import troubles_of_tools
        from tickets.domain.erasures import register_forgetter
        from tickets.domain.guards import register_guard
        from tickets.domain.promises import register_promise
        from tickets.domain.scopes import Scope, register_scope
        from tickets.domain.source_troubles import register_teller

        register_guard(judge_change)
        register_forgetter(forget_address)
        register_promise(promised_answer)
        register_teller(troubles_of_tools)
        for code, permission, label in (
            ("read:clocks", "sla.view_clock", _("read clocks and receipts")),
            ("read:missed", "sla.view_breach_report", _("read the missed targets")),
            ("deadline", "", _("ask for deadlines")),
        ):
            register_scope(Scope(code=code, permission=permission, label=label))
