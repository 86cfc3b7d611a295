"""The one admin site: its first page says what needs somebody now."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SupportAdminSite(AdminSite):
    """Where agents, CSMs and operators work."""

    site_header = "SIVO Support"
    site_title = "SIVO Support"
    index_title = _("Overview")
    # The header leads to the desk; there is no other site to view.
    site_url = None
    enable_nav_sidebar = False

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The overview, before the list of all pages."""
        # Late: this module is loaded before the models are.
        from sivo_support.admin.overview import overview

        more = {"overview": overview(request, timezone.now())}
        return super().index(request, {**more, **(extra_context or {})})
