"""Trying an access out, in words: what works, and what to do about what does not."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tickets.admin.sources.tool_words import trouble_text
from tickets.admin.sources.trial import TestLine
from tickets.models import ToolAccess
from tickets.operations.looks.try_access import TrialStep, Tried, try_access
from tickets.queries import database_now


def trial_lines(access: ToolAccess, *, now: datetime) -> list[TestLine]:
    """Each step with its result."""
    return [_line(tried) for tried in try_access(access, now=now)]


def trial_page(request: HttpRequest, page: Any, access: ToolAccess) -> HttpResponse:
    """The steps of a trial on the page of a source's test."""
    lines = trial_lines(access, now=database_now())
    context = {
        **page.admin_site.each_context(request),
        "title": _("Test of the API of %(source)s") % {"source": access.source},
        "opts": page.opts,
        "source": access.source,
        "lines": lines,
        "passed": all(line.passed for line in lines),
    }
    return TemplateResponse(request, "tickets/source_test.html", context)


def _line(tried: Tried) -> TestLine:
    if not tried.passed:
        return TestLine(passed=False, text=_FAILED[tried.step](), detail=trouble_text(tried.detail))
    if tried.step is TrialStep.LOGIN:
        return TestLine(
            passed=True, text=_("The tool knows us as %(name)s.") % {"name": tried.detail or "–"}
        )
    count = int(tried.detail)
    if tried.step is TrialStep.LIST:
        words = ngettext(
            "It lists what changed: %(count)d conversation within the last hour.",
            "It lists what changed: %(count)d conversations within the last hour.",
            count,
        )
        return TestLine(passed=True, text=words % {"count": count})
    words = ngettext(
        "It tells of a whole conversation: %(count)d entry.",
        "It tells of a whole conversation: %(count)d entries.",
        count,
    )
    return TestLine(passed=True, text=words % {"count": count})


_FAILED = {
    TrialStep.LOGIN: lambda: _("The tool does not let us in."),
    TrialStep.LIST: lambda: _("The tool does not list what changed."),
    TrialStep.CONVERSATION: lambda: _("The tool does not tell of a whole conversation."),
}
