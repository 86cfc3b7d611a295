"""The page behind the link in a notice."""

from django.urls import path

from sla.views import notice_link

app_name = "sla"
urlpatterns = [
    path("<str:token>/", notice_link, name="notice"),
]
