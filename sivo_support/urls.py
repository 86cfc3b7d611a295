"""All addresses: the admin, the API, the doors, and the health pages."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from sivo_support.health import healthz, readyz
from sivo_support.metrics import metrics

urlpatterns = [
    # First, for these are asked for most.
    path("hooks/", include("tickets.urls")),
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("sla.urls")),
    path("api/v1/", include("sivo_support.api_urls")),
    path("admin/", admin.site.urls),
]
