"""The weekly audit: one drawn ticket after another, its first message, and four buttons."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.admin.bases import UnscopedReadOnlyAdmin
from tickets.admin.labels import SEVERITY_NAMES, in_words
from tickets.domain.words import Severity, Status
from tickets.models import SeverityAudit, SeverityAuditTicket, Ticket
from tickets.operations.severity.audit import AnsweredAlready, answer_audit, open_questions
from tickets.queries import opening_message
from tickets.rights import restrict

RIGHT = "tickets.add_severityauditanswer"
_MEANINGS = {
    "S1": gettext_lazy("The service is down for them, and there is no way around."),
    "S2": gettext_lazy("A main function is degraded, or there is a way around for now."),
    "S3": gettext_lazy("Something is wrong that hardly affects their work."),
    "S4": gettext_lazy("A question, a wish or a doubt: nothing is broken now."),
}
_SENTENCES = (gettext_lazy("Somebody has answered this one already: the first answer stays."),)


class SeverityAuditAdmin(UnscopedReadOnlyAdmin):
    """One page. It shows no severity: the answer must not lean on what was said before."""

    def get_urls(self) -> list[URLPattern]:
        """The page alone."""
        wrap = self.admin_site.admin_view
        return [path("", wrap(self.changelist_view), name="tickets_severityaudit_changelist")]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Those who answer."""
        return request.user.has_perm(RIGHT)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """As for the page."""
        return self.has_view_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The next question; an answer comes back here."""
        if not isinstance(request.user, User) or not self.has_view_permission(request):
            raise PermissionDenied
        questions = _questions_of(request.user)
        if request.method == "POST":
            self._answer(request, request.user)
            return HttpResponseRedirect(
                reverse(f"{self.admin_site.name}:tickets_severityaudit_changelist")
            )
        question = questions.first()
        audit = question.audit if question else SeverityAudit.objects.first()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Severity audit"),
            "is_nav_sidebar_enabled": False,
            "opts": self.opts,
            "question": question,
            "message": opening_message(question.ticket_id) if question else None,
            "audit": audit,
            "drawn": audit.tickets.count() if audit else 0,
            "answered": audit.tickets.filter(answer__isnull=False).count() if audit else 0,
            "choices": [
                (value.value, SEVERITY_NAMES[value], _MEANINGS[value]) for value in Severity
            ],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "tickets/severity_audit.html", context)

    def _answer(self, request: HttpRequest, user: User) -> None:
        number, said = request.POST.get("drawn", ""), request.POST.get("severity", "")
        drawn = None
        if number.isascii() and number.isdigit() and len(number) < 19 and said in list(Severity):
            drawn = _visible(user).filter(pk=int(number)).select_related("ticket").first()
        if drawn is None:
            raise Http404(_("There is no such ticket in an audit."))
        severity = Severity(said)
        try:
            answer_audit(drawn=drawn, severity=severity, user=user, now=timezone.now())
        except AnsweredAlready as error:
            messages.warning(request, in_words(error))
            return
        ticket = drawn.ticket
        unfinished = ticket.status in {Status.OPEN, Status.WAITING}
        if severity is Severity.S1 and unfinished and ticket.severity != Severity.S1:
            messages.warning(
                request,
                format_html(
                    _("This ticket is still open and is {severity}, not S1: {link}"),
                    severity=ticket.severity,
                    link=self._link(ticket),
                ),
            )
        else:
            messages.success(request, _("Answer kept."))

    def _link(self, ticket: Ticket) -> str:
        address = reverse(f"{self.admin_site.name}:tickets_ticket_change", args=[ticket.pk])
        return format_html(
            '<a href="{}#fold-severity">{}</a>',
            address,
            _("correct the severity of %(reference)s") % {"reference": ticket.reference},
        )


def _visible(user: User) -> QuerySet[SeverityAuditTicket]:
    """The drawn tickets that this person may see."""
    return SeverityAuditTicket.objects.filter(
        ticket__in=restrict(Ticket.objects.all(), user, "customer")
    )


def _questions_of(user: User) -> QuerySet[SeverityAuditTicket]:
    return open_questions().filter(pk__in=_visible(user).values("pk"))
