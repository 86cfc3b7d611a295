"""The operators' pages: secrets that go in and never come out, and deliveries tried again."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from sla.models import Agreement, Plan
from tests.sla import world
from tests.sla.desk_world import make_person
from tickets.inbound import standard
from tickets.models import Contact, CustomerDomain, Delivery, Source, SourceKind, Ticket
from tickets.operations.incoming.receive import receive_delivery

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, 10, 0, tzinfo=UTC)
OLD = "whsec_" + "b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQgb2xk"


@pytest.fixture
def olga(client: Client, terms: None) -> Client:
    client.force_login(make_person("Olga", "operators"))
    return client


@pytest.fixture
def hook() -> Source:
    return Source.objects.create(kind=SourceKind.STANDARD, name="Helpdesk", secrets=OLD)


def test_a_secret_is_said_to_be_set_and_never_shown(olga: Client, hook: Source) -> None:
    page = olga.get(f"/admin/tickets/source/{hook.pk}/change/").content.decode()
    assert "set (1 secret)" in page
    assert OLD not in page
    assert OLD not in olga.get("/admin/tickets/source/").content.decode()
    assert f"http://localhost:8000/hooks/standard/{hook.pk}/" in page


def test_a_new_secret_is_shown_once_and_signs_at_once(olga: Client, hook: Source) -> None:
    response = olga.post(f"/admin/tickets/source/{hook.pk}/new-secret/")
    assert "no-store" in response["Cache-Control"]
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", response.content.decode())
    assert found is not None
    hook.refresh_from_db()
    assert hook.secret_list == [found.group(), OLD]
    standard.check_secret(found.group())
    page = olga.get(f"/admin/tickets/source/{hook.pk}/change/").content.decode()
    assert found.group() not in page
    assert "set (2 secrets)" in page
    assert not LogEntry.objects.filter(change_message__contains="whsec_").exists()


def test_old_secrets_are_dropped_by_hand(olga: Client, hook: Source) -> None:
    olga.post(f"/admin/tickets/source/{hook.pk}/new-secret/")
    olga.post(f"/admin/tickets/source/{hook.pk}/drop-old-secrets/")
    hook.refresh_from_db()
    assert len(hook.secret_list) == 1
    assert OLD not in hook.secret_list
    response = olga.post(f"/admin/tickets/source/{hook.pk}/drop-old-secrets/", follow=True)
    assert "There are no old secrets." in response.content.decode()


def test_making_a_secret_takes_a_post_and_the_right(
    olga: Client, hook: Source, client: Client
) -> None:
    assert olga.get(f"/admin/tickets/source/{hook.pk}/new-secret/").status_code == 403
    client.force_login(make_person("Alice", "agents"))
    assert client.post(f"/admin/tickets/source/{hook.pk}/new-secret/").status_code == 403
    hook.refresh_from_db()
    assert hook.secret_list == [OLD]


def form_of(source: Source, **more: str) -> dict[str, object]:
    return {
        "name": source.name,
        "channel": source.channel,
        "is_active": "on",
        "stop_tolerance_seconds": 900,
        **more,
    }


def test_a_secret_of_the_other_side_is_added_in_front(olga: Client, hook: Source) -> None:
    theirs = "whsec_" + "dGhlaXJzIHRoZWlycyB0aGVpcnMgdGhlaXJz"
    url = f"/admin/tickets/source/{hook.pk}/change/"
    assert olga.post(url, form_of(hook, new_secret=f" {theirs} ")).status_code == 302
    hook.refresh_from_db()
    assert hook.secret_list == [theirs, OLD]
    assert olga.post(url, form_of(hook, name="Renamed")).status_code == 302
    hook.refresh_from_db()
    assert hook.name == "Renamed"
    assert hook.secret_list == [theirs, OLD]


def test_a_bad_secret_is_refused_and_not_repeated(olga: Client, hook: Source) -> None:
    url = f"/admin/tickets/source/{hook.pk}/change/"
    response = olga.post(url, form_of(hook, new_secret="whsec_short!"))
    assert response.status_code == 200
    assert "whsec_short!" not in response.content.decode()
    hook.refresh_from_db()
    assert hook.secret_list == [OLD]


def keep(body: bytes, *, source: Source, number: int = 1) -> Delivery:
    received = receive_delivery(
        source=source,
        external_id=f"d{number}",
        body=body,
        headers={"user-agent": "<b>x</b>"},
        received_at=NOW,
        now=NOW,
    )
    Delivery.objects.filter(pk=received.delivery.pk).update(
        state="quarantined",
        outcome="quarantined",
        reason="cannot be understood",
        next_attempt_at=None,
        finished_at=NOW,
    )
    return received.delivery


def test_a_delivery_put_aside_is_processed_again(olga: Client, hook: Source) -> None:
    delivery = keep(b"{}", source=hook)
    page = olga.get(f"/admin/tickets/delivery/{delivery.pk}/change/").content.decode()
    assert "Process again" in page
    assert "cannot be understood" in page
    olga.post(f"/admin/tickets/delivery/{delivery.pk}/replay/")
    delivery.refresh_from_db()
    assert delivery.state == "waiting"
    again = olga.post(f"/admin/tickets/delivery/{delivery.pk}/replay/", follow=True)
    assert "Only what is in quarantine" in again.content.decode()


def test_many_are_processed_again_by_the_list(olga: Client, hook: Source) -> None:
    for number in range(3):
        keep(b"{}", source=hook, number=number)
    chosen = list(Delivery.objects.values_list("pk", flat=True))
    olga.post("/admin/tickets/delivery/", {"action": "process_again", "_selected_action": chosen})
    assert Delivery.objects.filter(state="waiting").count() == 3


def test_replaying_takes_its_own_right(olga: Client, hook: Source, client: Client) -> None:
    delivery = keep(b"{}", source=hook)
    assert olga.get(f"/admin/tickets/delivery/{delivery.pk}/replay/").status_code == 403
    client.force_login(make_person("Alice", "agents"))
    for path in ("replay", "raw"):
        url = f"/admin/tickets/delivery/{delivery.pk}/{path}/"
        assert client.post(url).status_code == 403
    delivery.refresh_from_db()
    assert delivery.state == "quarantined"


def test_raw_text_is_escaped_and_cut_and_downloads_whole(olga: Client, hook: Source) -> None:
    body = b"<script>x</script>\xff\x00" + b"a" * 30_000 + b"THE END"
    delivery = keep(body, source=hook)
    page = olga.get(f"/admin/tickets/delivery/{delivery.pk}/change/").content.decode()
    assert "&lt;script&gt;x" in page
    assert "THE END" not in page
    assert "Only the first 20 kB are shown" in page
    raw = olga.get(f"/admin/tickets/delivery/{delivery.pk}/raw/")
    assert raw.content == body
    assert raw["Content-Disposition"].startswith("attachment")
    assert raw["Content-Type"] == "application/octet-stream"


def test_the_quarantine_is_a_number_on_the_first_page(olga: Client, hook: Source) -> None:
    keep(b"{}", source=hook)
    tiles = {tile.label: tile for tile in olga.get("/admin/").context["overview"].tiles}
    assert tiles["deliveries in quarantine"].count == 1
    listed = olga.get(tiles["deliveries in quarantine"].address)
    assert len(listed.context["cl"].result_list) == 1


def test_a_signed_agreement_can_only_be_ended(olga: Client) -> None:
    world.customer("pro", domain="beta.example")
    agreement = Agreement.objects.get()
    url = f"/admin/sla/agreement/{agreement.pk}/change/"
    enterprise = Plan.objects.get(code="enterprise")
    data = {"ends_at_0": "2027-01-01", "ends_at_1": "00:00", "plan": enterprise.pk}
    assert olga.post(url, data).status_code == 302
    agreement.refresh_from_db()
    assert agreement.plan.code == "pro"
    assert agreement.ends_at == world.madrid("2027-01-01 00:00")
    wrong = olga.post(url, {"ends_at_0": "2020-01-01", "ends_at_1": "00:00"})
    assert "The end must lie after the start." in wrong.content.decode()


def test_two_agreements_at_a_time_are_refused_in_words(olga: Client) -> None:
    customer = world.customer("pro", domain="beta.example")
    data = {
        "customer": customer.pk,
        "plan": Plan.objects.get(code="enterprise").pk,
        "starts_at_0": "2026-12-01",
        "starts_at_1": "00:00",
        "signed_on": "2026-12-01",
    }
    response = olga.post("/admin/sla/agreement/add/", data)
    assert "end that one first" in response.content.decode()


def test_an_upgrade_has_the_open_tickets_read_again(olga: Client) -> None:
    customer = world.customer("pro", domain="beta.example")
    # In the past: the sweep reads the database's own clock.
    opened_at = world.madrid("2026-11-03 10:00")
    ticket = world.ticket_by_mail(opened_at, sender="Bob <bob@beta.example>")
    agreement = Agreement.objects.get()
    url = f"/admin/sla/agreement/{agreement.pk}/change/"
    olga.post(url, {"ends_at_0": "2026-11-03", "ends_at_1": "12:00"})
    data = {
        "customer": customer.pk,
        "plan": Plan.objects.get(code="enterprise").pk,
        "starts_at_0": "2026-11-03",
        "starts_at_1": "12:00",
        "signed_on": "2026-11-03",
    }
    assert olga.post("/admin/sla/agreement/add/", data).status_code == 302
    assert Ticket.objects.get(pk=ticket.pk).clocks_stale_since is not None
    world.sweep()
    assert Ticket.objects.get(pk=ticket.pk).clocks_stale_since is None
    clock = world.contract_clock(ticket)
    assert clock.plan_code == "enterprise"
    assert clock.due_at == world.madrid("2026-11-03 12:00") + timedelta(minutes=30)


def customer_form(**domains: str) -> dict[str, str]:
    return {
        "name": "Acme",
        "code": "acme",
        "language": "es",
        "domains-TOTAL_FORMS": "1",
        "domains-INITIAL_FORMS": "0",
        "domains-0-domain": domains.get("domain", ""),
    }


def test_a_customer_is_made_with_its_domains(olga: Client) -> None:
    url = "/admin/tickets/customer/add/"
    assert olga.post(url, customer_form(domain=" @ACME.example ")).status_code == 302
    assert CustomerDomain.objects.get().domain == "acme.example"
    refused = olga.post(url, customer_form(domain="gmail.com"))
    assert "is open to everybody" in refused.content.decode()


def test_a_contact_is_known_by_its_lower_case_address(olga: Client) -> None:
    data = {"name": "Bob", "email": " Bob@Acme.Example "}
    assert olga.post("/admin/tickets/contact/add/", data).status_code == 302
    contact = Contact.objects.get()
    assert contact.email == "bob@acme.example"
    assert len(contact.email_sha256) == 64
    Contact.objects.update(erased_at=NOW, email="", name="")
    url = f"/admin/tickets/contact/{contact.pk}/change/"
    assert olga.post(url, data).status_code == 403


def test_people_are_switched_off_and_never_deleted(client: Client, terms: None) -> None:
    root = make_person("Root")
    client.force_login(root)
    alice = make_person("Alice", "agents")
    assert client.post(f"/admin/auth/user/{alice.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=alice.pk).exists()
