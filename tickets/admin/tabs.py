"""The tabs of the desk: one list of tickets, seen from what must be done."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.domain.words import Status

UNFINISHED = Q(status__in=[Status.OPEN, Status.WAITING])
# A solved ticket too: its customer may not have heard of the solution.
ATTENTION = ~Q(attention="") & ~Q(status=Status.SPAM)
TODO = "todo"
ALL = "all"


class DeskTab(SimpleListFilter):
    """Unfinished tickets unless another tab is chosen; a search without a tab looks everywhere."""

    title = gettext_lazy("Show")
    parameter_name = "show"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The tabs in their order on the page."""
        return [
            (TODO, _("To do")),
            ("attention", _("Needs attention")),
            ("mine", _("Mine")),
            ("unassigned", _("Unassigned")),
            ("triage", _("Needs triage")),
            ("waiting", _("Waiting")),
            (ALL, _("All")),
        ]

    def conditions(self, request: HttpRequest) -> dict[str, Q]:
        """What each tab shows."""
        return {
            TODO: UNFINISHED,
            "attention": ATTENTION,
            "mine": UNFINISHED & Q(assignee=request.user.pk),
            "unassigned": UNFINISHED & Q(assignee=None),
            "triage": UNFINISHED & Q(needs_triage=True),
            "waiting": Q(status=Status.WAITING),
            ALL: Q(),
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The tickets of the chosen tab."""
        conditions = self.conditions(request)
        return queryset.filter(conditions.get(chosen_tab(request), conditions[TODO]))


def chosen_tab(request: HttpRequest) -> str:
    """The tab that an address asks for."""
    default = ALL if request.GET.get("q") else TODO
    return request.GET.get(DeskTab.parameter_name, default)
