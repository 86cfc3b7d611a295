"""What a source can do beyond its webhooks, in the order in which one sets it up."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sla.admin.tools.tool_words import display_mark
from sla.admin.words import moment
from sla.models import ShadowRun, ToolDisplay, ToolUpdate, UpdateState
from sla.notifiers.tools.table import WRITERS
from sla.queries.tools.shadow import SHADOW_KINDS
from tickets.admin.marks import mark_html
from tickets.admin.sources.tool_words import trouble_text
from tickets.inbound.polls.table import POLLS
from tickets.models import Source, ToolAccess, ToolDifference
from tickets.outbound.tool_api import API_KINDS
from tickets.outbound.tools.table import ANSWER_WAYS

# A field inside of the fold: whoever follows the link finds it open.
_FORM = "#id_tool_access-0-base_url"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: what it is called, how it stands, what is wrong, and where it is done."""

    title: str
    mark: SafeString
    trouble: str = ""
    links: tuple[tuple[str, str], ...] = ()
    begins: bool = False


def way_of(request: HttpRequest, source: Source, now: datetime) -> list[Step]:
    """The steps that this tool has and this person may see; none where it has no API for us."""
    if source.kind not in API_KINDS or not request.user.has_perm("tickets.view_toolaccess"):
        return []
    access = (
        ToolAccess.objects.filter(source=source).select_related("source").defer("token").first()
    )
    steps = [_access(access)]
    if source.kind in POLLS:
        steps.append(_look(request, source, access))
    if source.kind in ANSWER_WAYS:
        steps.append(_switch(access, "answers"))
    if source.kind in WRITERS and request.user.has_perm("sla.view_tooldisplay"):
        steps.append(_display(request, source, access, now))
    if source.kind in SHADOW_KINDS and request.user.has_perm("sla.view_shadowrun"):
        steps.append(_shadow(source))
    return steps


def _access(access: ToolAccess | None) -> Step:
    title = _("API access")
    if access is None:
        mark = mark_html("none", "–", _("not set up yet"))
        return Step(title=title, mark=mark, links=((_("Enter it below"), _FORM),))
    if not access.is_active:
        return Step(title=title, mark=_off(), links=((_("Change it below"), _FORM),))
    if access.trouble:
        return Step(title=title, mark=mark_html("missed", "■", _("trouble")))
    return Step(title=title, mark=mark_html("met", "✓", _("set up")))


def _switch(access: ToolAccess | None, name: str, **more: Any) -> Step:
    """One use of the access, called what its field in the form is called."""
    field: Any = getattr(ToolAccess, name).field
    on = access is not None and access.is_active and getattr(access, name)
    mark = mark_html("met", "✓", _("switched on")) if on else _off()
    return Step(title=capfirst(str(field.verbose_name)), mark=mark, **more)


def _look(request: HttpRequest, source: Source, access: ToolAccess | None) -> Step:
    if access is None or not request.user.has_perm("tickets.view_tooldifference"):
        return _switch(access, "reads")
    count = ToolDifference.objects.filter(source=source, settled_at=None).count()
    words = ngettext("%(counter)s open difference", "%(counter)s open differences", count)
    address = reverse("admin:tickets_tooldifference_changelist")
    link = (words % {"counter": count}, f"{address}?source__id__exact={source.pk}")
    return _switch(access, "reads", links=(link,))


def _display(
    request: HttpRequest, source: Source, access: ToolAccess | None, now: datetime
) -> Step:
    title = _("Deadlines in the tool")
    display = ToolDisplay.objects.filter(source=source).first()
    if display is None:
        may = request.user.has_perm("sla.add_tooldisplay")
        return Step(title=title, mark=_off(), begins=may)
    address = reverse("admin:sla_tooldisplay_change", args=[display.pk])
    rows = ToolUpdate.objects.filter(source=source)
    waiting = rows.filter(state=UpdateState.WAITING).count()
    given_up = rows.filter(state=UpdateState.GIVEN_UP).count()
    found = f"{reverse('admin:sla_toolupdate_changelist')}?source__id__exact={source.pk}"
    links = [(_("What is shown, and how it is set up"), address)]
    if waiting:
        words = ngettext("%(counter)s update waits", "%(counter)s updates wait", waiting)
        links.append((words % {"counter": waiting}, f"{found}&state__exact=waiting"))
    if given_up:
        words = ngettext(
            "%(counter)s update was given up", "%(counter)s updates were given up", given_up
        )
        links.append((words % {"counter": given_up}, f"{found}&state__exact=given_up"))
    return Step(
        title=title,
        mark=display_mark(access, display, now),
        trouble=trouble_text(display.trouble),
        links=tuple(links),
    )


def _shadow(source: Source) -> Step:
    title = _("Shadow run")
    run = ShadowRun.objects.filter(source=source).order_by("-began_at").first()
    if run is None:
        link = (_("To the shadow runs"), reverse("admin:sla_shadowrun_changelist"))
        return Step(title=title, mark=mark_html("none", "–", _("none yet")), links=(link,))
    link = (_("What differs, and why"), reverse("admin:sla_shadowrun_change", args=[run.pk]))
    if run.ended_at is not None:
        text = _("ended on %(at)s") % {"at": moment(run.ended_at)}
        return Step(title=title, mark=mark_html("none", "–", text), links=(link,))
    text = _("running: nobody is told of escalations")
    return Step(
        title=title,
        mark=mark_html("waiting", "▲", text),
        trouble=trouble_text(run.trouble),
        links=(link,),
    )


def _off() -> SafeString:
    return mark_html("none", "–", _("switched off"))
