"""The composition root as Django apps: the admin site, and the grants of the two roles."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.db.models.signals import post_migrate


class AdminConfig(DjangoAdminConfig):
    """Uses our own admin site."""

    default_site = "sivo_support.admin_site.SupportAdminSite"


class SivoSupportConfig(AppConfig):
    """What holds the parts together."""

    name = "sivo_support"
    verbose_name = "SIVO Support"

    def ready(self) -> None:
        """Makes the Celery application the default, and sets the rights after each migration."""
        from sivo_support import (
            checks,  # noqa: F401  (registers by being imported)
            postgres,
        )
        from sivo_support.celery import app
        from sivo_support.groups import grant_groups
        from sivo_support.roles import grant_after_migrate

        postgres.register()
        app.set_default()
        post_migrate.connect(grant_after_migrate, dispatch_uid="rights of the application's role")
        post_migrate.connect(grant_groups, dispatch_uid="rights of the groups")
