"""The pages that a signed link opens."""

from django.urls import path

from sla.views.notice_link import notice_link
from sla.views.panel import panel

app_name = "sla"
urlpatterns = [
    path("notices/<str:token>/", notice_link, name="notice"),
    path("panel/<str:token>/", panel, name="panel"),
]
