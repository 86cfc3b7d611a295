"""The desk and the ticket page; promises are added by the subclass in `sla.admin`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tickets.admin.paging import asked_for
from tickets.admin.severity.card import severity_card
from tickets.admin.tabs import ALL, ATTENTION, TODO, UNFINISHED, DeskTab, chosen_tab
from tickets.admin.ticket import forms
from tickets.admin.ticket.actions import ACTIONS, act
from tickets.admin.ticket.answer_words import destination_of
from tickets.admin.ticket.attention_words import attention_view
from tickets.admin.ticket.desk import DeskRow, Tab, plain_rows
from tickets.admin.ticket.message_page import conversation_of
from tickets.admin.ticket.message_views import SANDBOX, MessageViews
from tickets.admin.ticket.page import log_of_page, pending_lowering, where_to_answer
from tickets.domain.words import Status
from tickets.models import REFERENCE, Ticket

_DIGITS = 18


class TicketAdmin(MessageViews):
    """Where agents work: what is due next, why, answer, next."""

    customer_path = "customer"
    tabs: type[DeskTab] = DeskTab
    list_filter = [DeskTab]
    list_display = ["reference", "subject"]
    list_select_related = ["customer", "requester", "assignee"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["subject", "requester__email", "customer__name"]
    actions = None
    sortable_by = ()
    change_list_template = "tickets/desk.html"
    ticket_template = "tickets/ticket.html"

    # --- the list ---------------------------------------------------------------------------

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """The tabs."""
        return [self.tabs]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A reference or a number is that ticket; anything else is looked for in the texts."""
        term = search_term.strip()
        found = REFERENCE.fullmatch(term)
        number = found.group(1) if found else term
        if number.isascii() and number.isdigit() and len(number) <= _DIGITS:
            by_number = queryset.filter(pk=int(number))
            if found or by_number.exists():
                return by_number, False
        return super().get_search_results(request, queryset, search_term)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The desk."""
        now = timezone.now()
        more = {"title": _("Desk"), "is_nav_sidebar_enabled": False, "now": now}
        response = super().changelist_view(request, {**more, **(extra_context or {})})
        if isinstance(response, TemplateResponse) and response.context_data is not None:
            changes = response.context_data.get("cl")
            if changes is not None:
                response.context_data["rows"] = self.rows(list(changes.result_list), now)
                response.context_data["tabs"] = self.tabs_of(request, now)
        return response

    def rows(self, tickets: Sequence[Ticket], now: datetime) -> list[DeskRow]:
        """The rows of one page, in a fixed number of queries."""
        return plain_rows(tickets)

    def tabs_of(self, request: HttpRequest, now: datetime) -> list[Tab]:
        """The tabs with their counts, in one query."""
        tab = self.tabs(request, {}, self.model, self)
        conditions = tab.conditions(request)
        counted = [code for code in conditions if code != ALL]
        counts = (
            self.get_queryset(request)
            .filter(UNFINISHED | ATTENTION)
            .order_by()
            .aggregate(**{f"n_{code}": _count(conditions[code]) for code in counted})
        )
        chosen = chosen_tab(request)
        return [
            Tab(
                code=code,
                label=str(label),
                query="?" if code == TODO else f"?show={code}",
                count=counts.get(f"n_{code}"),
                is_chosen=code == chosen,
                mark=code if code in {"missed", "at_risk", "attention"} else "",
            )
            for code, label in tab.lookups(request, self)
        ]

    # --- one ticket -------------------------------------------------------------------------

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether this person works tickets: every change goes through an operation."""
        return request.user.has_perm("tickets.change_ticket")

    def get_urls(self) -> list[URLPattern]:
        """The next due ticket, and what messages carry."""
        own = [
            path("next/", self.admin_site.admin_view(self.next_view), name="tickets_ticket_next"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The ticket page; its buttons come back here."""
        ticket = self.visible_ticket(request, object_id)
        now = timezone.now()
        bound: dict[str, forms.TicketForm] = {}
        if request.method == "POST":
            code = request.POST.get("action", "")
            if not self.has_change_permission(request, ticket):
                raise PermissionDenied
            if code not in ACTIONS:
                raise Http404(_("There is no such action."))
            action = ACTIONS[code]
            form = action.form(ticket, self.admin_site, request.POST, request.FILES)
            done = act(action, form, _person(request), now)
            if done:
                messages.success(request, done)
                return HttpResponseRedirect(
                    reverse(f"{self.admin_site.name}:tickets_ticket_change", args=[ticket.pk])
                )
            messages.error(request, _why(form))
            bound[code] = form
            ticket = self.visible_ticket(request, object_id)
        context = self.page(request, ticket, now, bound) | (extra_context or {})
        return TemplateResponse(request, self.ticket_template, context)

    def page(
        self,
        request: HttpRequest,
        ticket: Ticket,
        now: datetime,
        bound: Mapping[str, forms.TicketForm],
    ) -> dict[str, Any]:
        """All that the page shows."""
        card = severity_card(ticket)
        conversation = conversation_of(
            ticket,
            until=asked_for(request, "until"),
            shows_deliveries=request.user.has_perm("tickets.view_delivery"),
            marks=card.marks,
        )
        log = log_of_page(ticket, until=asked_for(request, "facts"), counting=card.counting)
        return {
            **self.admin_site.each_context(request),
            "title": ticket.reference,
            "subtitle": ticket.subject,
            "is_nav_sidebar_enabled": False,
            "opts": self.opts,
            "ticket": ticket,
            "now": now,
            "may_work": self.has_change_permission(request, ticket),
            "conversation": conversation.messages,
            "piece": conversation.piece,
            "sandbox": SANDBOX,
            "events": log.events,
            "log_piece": log.piece,
            "attention": attention_view(ticket),
            "pending": pending_lowering(ticket, request.user.pk, counting=card.counting),
            "card": card,
            "not_here": where_to_answer(ticket),
            "destination": destination_of(ticket),
            "forms": {
                code: bound.get(code) or action.form(ticket, self.admin_site)
                for code, action in ACTIONS.items()
            },
            "failed": next(iter(bound.values()), None),
            "is_unfinished": ticket.status in {Status.OPEN, Status.WAITING},
        }

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """Leads to the ticket that is due next among mine and those of nobody."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        after = request.GET.get("after", "")
        found = self.next_ticket(request, int(after) if after.isdecimal() else 0)
        if found is None:
            messages.success(request, _("Nothing else is due: well done."))
            return HttpResponseRedirect(
                reverse(f"{self.admin_site.name}:tickets_ticket_changelist")
            )
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:tickets_ticket_change", args=[found.pk])
        )

    def next_ticket(self, request: HttpRequest, after: int) -> Ticket | None:
        """The first open ticket in the order of the desk, without the one just left."""
        mine = Q(assignee=request.user.pk) | Q(assignee=None)
        rows = self.get_queryset(request).filter(mine, status=Status.OPEN).exclude(pk=after)
        found: Ticket | None = rows.order_by(*self.get_ordering(request)).first()
        return found


def _why(form: forms.TicketForm) -> str:
    """The first reason why an action was refused."""
    reasons = [str(reason) for errors in form.errors.values() for reason in errors]
    return _("Nothing was changed: %(reason)s") % {"reason": next(iter(reasons), "")}


def _count(condition: Q) -> Count:
    return Count("pk", filter=condition)


def _person(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        _refuse()
    return request.user


def _refuse() -> NoReturn:
    raise PermissionDenied
