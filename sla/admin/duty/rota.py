"""Rotas: who is on duty this week, people in turn, and the feed."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sla.admin.duty.coverage import coverage_csv, coverage_view
from sla.admin.duty.forms import RotaForm, TurnsForm
from sla.admin.duty.rota_week import monday_of, week_of
from sla.admin.duty.words import feed_trouble, is_kept, moment, zone_of
from sla.domain.duty.turns import TooManyTurns, turns
from sla.models import Rota
from sla.operations.duty.plan_turns import TurnsOverlap, plan_turns
from sla.operations.duty.read_feed import FeedMissing, read_rota_feed
from sla.queries.duty.coverage import people_names
from sla.queries.duty.turns import duty_between
from tickets.admin.bases import UnscopedAdmin
from tickets.admin.marks import mark_html
from tickets.domain.instants import to_microseconds
from tickets.queries import person_name

_INSTANT = timedelta(microseconds=1)


class RotaAdmin(UnscopedAdmin):
    """A rota that is over is switched off: its shifts say who was on duty."""

    form = RotaForm
    list_display = ["name", "zone", "is_active", "now_on_duty", "feed"]
    change_form_template = "sla/rota.html"
    change_list_template = "sla/rota_list.html"
    actions = None

    def get_fields(self, request: HttpRequest, obj: Rota | None = None) -> list[Any]:
        """The feed is for those who may change it."""
        mine = ["name", "zone", "is_active"]
        if not (self.has_add_permission(request) or self.has_change_permission(request, obj)):
            return mine
        return [*mine, "new_feed", *(["forget_feed"] if obj and obj.ical_url else [])]

    @admin.display(description=gettext_lazy("on duty now"))
    def now_on_duty(self, rota: Rota) -> str:
        """Their names, or a dash."""
        now = timezone.now()
        people = duty_between(now, now + _INSTANT, rota=rota.pk).at(to_microseconds(now))
        return ", ".join(people_names(people).values()) or "–"

    @admin.display(description=gettext_lazy("feed"))
    def feed(self, rota: Rota) -> str | SafeString:
        """How it is: shape, colour and word."""
        if not rota.ical_url:
            return "–"
        if rota.ical_error:
            return mark_html("missed" if is_kept(rota) else "at_risk", "▲", _("trouble"))
        if rota.ical_read_at is None:
            return mark_html("none", "○", _("not read yet"))
        return mark_html("met", "✓", moment(rota.ical_read_at, zone_of(rota)))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The rota with one of its weeks."""
        rota: Rota | None = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if rota is not None and self.has_view_permission(request, rota):
            now = timezone.now()
            monday = monday_of(request.GET.get("week", ""), now, zone_of(rota))
            more = {
                "week": week_of(rota, monday, now=now),
                "rota": rota,
                "trouble": feed_trouble(rota),
                "may_change": self.has_change_permission(request, rota),
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """Coverage as a page and as CSV, turns, and the feed."""
        wrap = self.admin_site.admin_view
        site = {"site": self.admin_site}
        own = [
            path("coverage/", wrap(coverage_view), site, name="sla_rota_coverage"),
            path("coverage.csv", wrap(coverage_csv), name="sla_rota_coverage_csv"),
            path("<int:pk>/turns/", wrap(self.turns_view), name="sla_rota_turns"),
            path("<int:pk>/feed/", wrap(self.feed_view), name="sla_rota_feed"),
        ]
        return [*own, *super().get_urls()]

    def turns_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """People in turn: shown first, planned when that is right."""
        rota = self._rota(request, pk)
        form = TurnsForm(request.POST or None)
        shown: list[tuple[str, str, str]] = []
        if request.method == "POST" and form.is_valid():
            people = {person.pk: person_name(person) for person in form.people}
            where = zone_of(rota)
            days, count = form.cleaned_data["days"], form.cleaned_data["count"]
            try:
                if "plan" in request.POST:
                    made = plan_turns(
                        rota=rota,
                        people=form.people,
                        first=form.first,
                        days=days,
                        count=count,
                        made_by=request.user,  # type: ignore[arg-type]
                    )
                    messages.success(request, _("%(count)d turns planned.") % {"count": len(made)})
                    return HttpResponseRedirect(_page(rota))
                shown = [
                    (people[person], moment(begins, where), moment(ends, where))
                    for person, begins, ends in turns(
                        list(map(_pk, form.people)),
                        first=form.first,
                        days=days,
                        count=count,
                        zone_name=where.key,
                    )
                ]
            except TurnsOverlap:
                form.add_error(None, _("There are shifts in this time already: delete them first."))
            except TooManyTurns:
                form.add_error(None, _("These turns reach too far."))
        more = {"title": _("People in turn"), "form": form, "shown": shown}
        return self._page(request, rota, "sla/rota_turns.html", more)

    def feed_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How the feed is, and a button that reads it now."""
        rota = self._rota(request, pk)
        if request.method == "POST":
            try:
                read = read_rota_feed(rota_id=rota.pk, now=timezone.now())
            except FeedMissing:
                messages.error(request, _("This rota has no feed."))
                return HttpResponseRedirect(_page(rota))
            rota.refresh_from_db()
            if read.error:
                messages.warning(request, feed_trouble(rota))
            if not is_kept(rota):
                messages.success(
                    request,
                    _("Feed read: %(added)d shifts are new, %(removed)d are gone.")
                    % {"added": read.added, "removed": read.removed},
                )
            return HttpResponseRedirect(reverse("admin:sla_rota_feed", args=[rota.pk]))
        more = {
            "title": _("Feed of the rota"),
            "trouble": feed_trouble(rota),
            "is_kept": is_kept(rota),
            "read_at": moment(rota.ical_read_at, zone_of(rota)) if rota.ical_read_at else "",
        }
        return self._page(request, rota, "sla/rota_feed.html", more)

    def _rota(self, request: HttpRequest, pk: int) -> Rota:
        rota = Rota.objects.filter(pk=pk).first()
        if not self.has_change_permission(request, rota):
            raise PermissionDenied
        if rota is None:
            raise Http404
        return rota

    def _page(
        self, request: HttpRequest, rota: Rota, template: str, more: dict[str, Any]
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "is_nav_sidebar_enabled": False,
            "opts": self.opts,
            "rota": rota,
            "page": _page(rota),
            **more,
        }
        return TemplateResponse(request, template, context)


def _page(rota: Rota) -> str:
    return reverse("admin:sla_rota_change", args=[rota.pk])


def _pk(person: Any) -> int:
    return int(person.pk)
