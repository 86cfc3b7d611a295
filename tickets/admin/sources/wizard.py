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

from tickets.admin.sources.forms import SetupForm
from tickets.admin.sources.groups import groups
from tickets.admin.sources.guide import ADDRESS, BODY, COMMAND, SECRET, USER
from tickets.admin.sources.guides import (
    TOOLS,
    credential_of,
    hook_address,
    is_made_here,
    pipe_command,
    tool_of,
)
from tickets.admin.sources.mailbox_form import MailboxForm
from tickets.inbound.tools.table import TOOLS as TOOL_TABLE
from tickets.models import Source, SourceKind
from tickets.providers.credentials import USER as BASIC_USER
from tickets.providers.credentials import Credential, make_basic

PREFIX = "whsec_"
# Standard Webhooks asks for 24 to 64.
_BYTES = 32
# Help Scout takes 40 characters.
_TOOL_BYTES = 20
_HIDDEN = "user:password"
_HIDDEN_SECRET = "••••••••"  # noqa: S105  (none is shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step of a tool with what is pasted there."""

    text: str | Promise
    value: str
    # What a person pastes into the tool as it stands, over several lines.
    body: str = ""


def makes_credentials(source: Source) -> bool:
    """Whether its credentials are made here, not by the other side."""
    return is_made_here(source.kind)


def make_credential(source: Source) -> str:
    """A new credential as a line of the secrets."""
    if source.kind == SourceKind.STANDARD:
        return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
    if credential_of(source.kind) is Credential.BASIC:
        return make_basic()
    return secrets.token_hex(_TOOL_BYTES)


def hides_in_address(source: Source) -> bool:
    """Whether user and password stand in the address, as mail providers want them."""
    return credential_of(source.kind) is Credential.BASIC and source.kind not in TOOL_TABLE


def steps_of(source: Source, credential: str = "") -> list[StepView]:
    """What is to be done at the tool; without the credential the address shows only its place."""
    hidden = hides_in_address(source)
    secret = credential.rpartition(":")[2] or _HIDDEN_SECRET
    values = {
        ADDRESS: hook_address(source, credential=(credential or _HIDDEN) if hidden else ""),
        COMMAND: pipe_command(source),
        USER: BASIC_USER,
        SECRET: secret,
    }
    bodies = TOOL_TABLE[source.kind].bodies if source.kind in TOOL_TABLE else {}
    return [
        StepView(
            text=step.text,
            value=values.get(step.shows, ""),
            body=bodies.get(step.shows.removeprefix(BODY), ""),
        )
        for step in tool_of(source).steps
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
        "secret": "" if hides_in_address(source) else credential.rpartition(":")[2],
        "in_steps": source.is_tool,
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
    given = form.cleaned_data.get("new_secret") or ""
    credential = make_credential(source) if makes_credentials(source) and not given else ""
    source.secrets = given or credential
    source.save()
    if mailbox is not None:
        made = mailbox.save(commit=False)
        made.source = source
        made.save()
    return source, credential
