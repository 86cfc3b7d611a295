"""Setting up a source: choose the tool, fill in its few fields, do the steps that it needs."""

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tickets.admin.mailbox_form import MailboxForm
from tickets.admin.source_forms import SetupForm
from tickets.admin.source_groups import groups
from tickets.admin.source_guides import (
    ADDRESS,
    COMMAND,
    TOOLS,
    credential_of,
    hook_address,
    pipe_command,
    tool_of,
)
from tickets.models import Source, SourceKind
from tickets.providers.credentials import Credential, make_basic

PREFIX = "whsec_"
# Standard Webhooks asks for 24 to 64.
_BYTES = 32
_HIDDEN = "user:password"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step of a tool with what is pasted there."""

    text: str | Promise
    value: str


def makes_credentials(source: Source) -> bool:
    """Whether its credentials are made here, not by the other side."""
    return source.kind == SourceKind.STANDARD or credential_of(source.kind) is Credential.BASIC


def make_credential(source: Source) -> str:
    """A new credential as a line of the secrets."""
    if source.kind == SourceKind.STANDARD:
        return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    return make_basic()


def steps_of(source: Source, credential: str = "") -> list[StepView]:
    """What is to be done at the tool; without the credential the address shows only its place."""
    basic = credential_of(source.kind) is Credential.BASIC
    values = {
        ADDRESS: hook_address(source, credential=(credential or _HIDDEN) if basic else ""),
        COMMAND: pipe_command(source),
    }
    return [
        StepView(text=step.text, value=values.get(step.shows, "")) for step in tool_of(source).steps
    ]


def choose_page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """The tools to choose from."""
    context = {
        **site.each_context(request),
        "title": _("Where does it come from?"),
        "opts": Source._meta,  # noqa: SLF001  (Django's own way to the options)
        "groups": groups(),
    }
    return TemplateResponse(request, "tickets/source_choose.html", context)


def setup_page(request: HttpRequest, site: AdminSite, admin: Any) -> HttpResponse:
    """The fields of one tool; a new source is answered with its steps and credentials, once."""
    if not admin.has_add_permission(request):
        raise PermissionDenied
    tool = TOOLS.get(request.GET.get("tool", ""))
    if tool is None:
        return choose_page(request, site)
    given = request.POST if request.method == "POST" else None
    form = SetupForm(given, tool=tool)
    mailbox = (
        MailboxForm(given, prefix="mailbox", preset=tool.mailbox)
        if tool.mailbox is not None
        else None
    )
    valid = given is not None and form.is_valid()
    # Both are asked, so that all complaints come at once.
    if given is not None and (mailbox is None or mailbox.is_valid()) and valid:
        source, credential = _create(form, mailbox)
        admin.log_addition(request, source, [{"added": {}}])
        return steps_page(request, site, source, credential)
    context = {
        **site.each_context(request),
        "title": _("Set up: %(tool)s") % {"tool": tool.name},
        "opts": Source._meta,  # noqa: SLF001  (Django's own way to the options)
        "form": form,
        "mailbox": mailbox,
        "tool": tool,
    }
    return TemplateResponse(request, "tickets/source_setup.html", context)


def steps_page(
    request: HttpRequest, site: AdminSite, source: Source, credential: str
) -> HttpResponse:
    """The steps with a credential that is shown this once."""
    context = {
        **site.each_context(request),
        "title": _("Set up: %(tool)s") % {"tool": source.name},
        "opts": Source._meta,  # noqa: SLF001  (Django's own way to the options)
        "source": source,
        "secret": credential if source.kind == SourceKind.STANDARD else "",
        "is_once": bool(credential),
        "has_old": len(source.secret_list) > 1,
        "steps": steps_of(source, credential),
        "back": reverse(f"{site.name}:tickets_source_change", args=[source.pk]),
    }
    response = TemplateResponse(request, "tickets/source_steps.html", context)
    response["Cache-Control"] = "no-store"
    return response


@transaction.atomic
def _create(form: SetupForm, mailbox: MailboxForm | None) -> tuple[Source, str]:
    source: Source = form.save(commit=False)
    credential = make_credential(source) if makes_credentials(source) else ""
    source.secrets = credential or form.cleaned_data.get("new_secret") or ""
    if source.kind == SourceKind.STANDARD and form.cleaned_data.get("new_secret"):
        source.secrets, credential = form.cleaned_data["new_secret"], ""
    source.save()
    if mailbox is not None:
        made = mailbox.save(commit=False)
        made.source = source
        made.save()
    return source, credential
