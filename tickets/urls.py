"""The doors for webhooks."""

from django.urls import path

from tickets.views import standard_webhook

app_name = "tickets"
urlpatterns = [
    path("standard/<uuid:source_id>/", standard_webhook, name="standard-webhook"),
]
