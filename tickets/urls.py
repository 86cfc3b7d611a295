"""The doors for webhooks."""

from django.urls import path

from tickets.views import standard_webhook, webhook

app_name = "tickets"
urlpatterns = [
    path("standard/<uuid:source_id>/", standard_webhook, name="standard-webhook"),
    path("<slug:kind>/<uuid:source_id>/", webhook, name="webhook"),
    # Mailgun posts raw MIME only to addresses that end so.
    path("<slug:kind>/<uuid:source_id>/mime", webhook, name="mime-webhook"),
]
