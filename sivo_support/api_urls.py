"""All addresses of the API, version 1."""

from django.urls import path, re_path

from sivo_support.api_views import DocumentView
from sla.api.clocks import ClocksView
from sla.api.customers import CustomersView, OneCustomerView
from sla.api.deadline import DeadlineView
from sla.api.missed import MissedView, SummaryView
from sla.api.panel_links import PanelLinksView, PanelRevocationsView
from sla.api.tickets import OneTicketView, SeverityView, TicketsView
from tickets.api.bases import UnknownView
from tickets.api.deliveries import DeliveriesView, OneDeliveryView
from tickets.api.messages import MessagesView, NotesView, RepliesView

app_name = "api"
urlpatterns = [
    path("schema/", DocumentView.as_view(), name="schema"),
    path("tickets/", TicketsView.as_view(), name="tickets"),
    path("tickets/<int:ticket_id>/", OneTicketView.as_view(), name="ticket"),
    path("tickets/<int:ticket_id>/messages/", MessagesView.as_view(), name="messages"),
    path("tickets/<int:ticket_id>/replies/", RepliesView.as_view(), name="replies"),
    path("tickets/<int:ticket_id>/notes/", NotesView.as_view(), name="notes"),
    path("tickets/<int:ticket_id>/severity/", SeverityView.as_view(), name="severity"),
    path("tickets/<int:ticket_id>/clocks/", ClocksView.as_view(), name="clocks"),
    path("panel-links/", PanelLinksView.as_view(), name="panel-links"),
    path("panel-links/revocations/", PanelRevocationsView.as_view(), name="panel-revocations"),
    path("missed-targets/", MissedView.as_view(), name="missed"),
    path("missed-targets/summary/", SummaryView.as_view(), name="missed-summary"),
    path("customers/", CustomersView.as_view(), name="customers"),
    path("customers/<int:customer_id>/", OneCustomerView.as_view(), name="customer"),
    path("deliveries/", DeliveriesView.as_view(), name="deliveries"),
    path("deliveries/<int:delivery_id>/", OneDeliveryView.as_view(), name="delivery"),
    path("deadline/", DeadlineView.as_view(), name="deadline"),
    re_path(r"", UnknownView.as_view()),
]
