"""The one admin site."""

from django.contrib.admin import AdminSite
from django.utils.translation import gettext_lazy as _


class SupportAdminSite(AdminSite):
    """Where agents, CSMs and operators work."""

    site_header = _("SIVO support")
    site_title = _("SIVO support")
    index_title = _("Desk")
