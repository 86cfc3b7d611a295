"""The keys on the pages: made by operators, shown once, revoked."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from tests.api.world import Program, root
from tests.sla.desk_world import NOW, Desk
from tickets.models import ApiKey

ADD = "/admin/tickets/apikey/add/"
LIST = "/admin/tickets/apikey/"


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def asked(**more: Any) -> dict[str, Any]:
    return {
        "name": "Night job",
        "acts_as_what": "machine",
        "group": Group.objects.get(name="agents").pk,
        "scopes": ["read:tickets", "read:clocks"],
        "days": "30",
        **more,
    }


def test_an_operator_makes_a_key_and_reads_it_this_once(desk: Desk) -> None:
    olga = as_user(desk.olga)
    assert "Night job" not in olga.get(ADD).content.decode()
    page = olga.post(ADD, asked())
    assert "no-store" in page["Cache-Control"]
    found = re.search(r'value="(sivo_[^"]+)"', page.content.decode())
    assert found is not None
    secret = found[1]
    key = ApiKey.objects.get()
    assert (key.made_by, key.expires_at) == (desk.olga, NOW + timedelta(days=30))
    assert key.scopes == ["read:clocks", "read:tickets"]
    assert Program(secret, Client()).get("tickets/").status_code == 200
    for path in (LIST, f"{LIST}{key.pk}/change/", f"{LIST}{key.pk}/history/"):
        text = olga.get(path).content.decode()
        assert secret not in text
        assert "Night job" in text


def token_in(page: Any) -> str:
    """The token that the form holds."""
    found = re.search(r'name="form_token" value="([^"]+)"', page.content.decode())
    assert found is not None
    return found[1]


def test_a_reload_makes_no_second_key(desk: Desk) -> None:
    olga = as_user(desk.olga)
    form = asked(form_token=token_in(olga.get(ADD)))
    # Shown again with a mistake in it, it is still the same form.
    again = olga.post(ADD, {**form, "days": "0"})
    assert token_in(again) == form["form_token"]
    made = olga.post(ADD, form)
    assert "sivo_" in made.content.decode()
    for _ in range(2):
        page = olga.post(ADD, form, follow=True)
        assert page.redirect_chain == [(LIST, 302)]
        assert "has made its key already" in page.content.decode()
        assert not re.search(r'value="sivo_', page.content.decode())
    assert ApiKey.objects.count() == 1
    # A new form, or one that somebody went back to and changed, makes another key.
    olga.post(ADD, {**form, "form_token": token_in(olga.get(ADD))})
    olga.post(ADD, {**form, "name": "Day job"})
    assert ApiKey.objects.count() == 3


def test_a_revoked_key_says_so(desk: Desk) -> None:
    olga = as_user(desk.olga)
    olga.post(ADD, asked())
    key = ApiKey.objects.get()
    change = f"{LIST}{key.pk}/change/"
    assert "Revoke this key" in olga.get(change).content.decode()
    assert olga.get(f"{LIST}{key.pk}/revoke/").status_code == 403
    page = olga.post(f"{LIST}{key.pk}/revoke/", follow=True).content.decode()
    assert "opens nothing any more" in page
    assert "Revoked" in page
    assert "Revoke this key" not in page
    key.refresh_from_db()
    assert (key.revoked_by, key.revoked_at) == (desk.olga, NOW)


def test_a_key_is_never_changed_nor_deleted(desk: Desk) -> None:
    olga = as_user(desk.olga)
    olga.post(ADD, asked())
    key = ApiKey.objects.get()
    assert olga.post(f"{LIST}{key.pk}/change/", {"name": "Other"}).status_code == 403
    assert as_user(root()).post(f"{LIST}{key.pk}/delete/", {"post": "yes"}).status_code == 403
    key.refresh_from_db()
    assert key.name == "Night job"


@pytest.mark.parametrize("name", ["alice", "carla"])
def test_only_operators_see_the_keys(desk: Desk, name: str) -> None:
    client = as_user(getattr(desk, name))
    for path in (LIST, ADD):
        assert client.get(path).status_code == 403
    assert client.post(ADD, asked()).status_code == 403
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["write:everything"]},
        {"group": ""},
        {"days": "0"},
        {"days": "100000"},
        {"name": ""},
        {"acts_as_what": "person"},
    ],
)
def test_what_is_wrong_is_said_on_the_form(desk: Desk, wrong: dict[str, Any]) -> None:
    page = as_user(desk.olga).post(ADD, asked(**wrong))
    assert page.status_code == 200
    assert 'class="errorlist' in page.content.decode()
    assert not ApiKey.objects.exists()


def test_an_operator_makes_no_key_that_speaks_as_somebody_else(desk: Desk) -> None:
    as_alice = asked(acts_as_what="person", person=desk.alice.pk)
    as_user(desk.olga).post(ADD, as_alice)
    assert not ApiKey.objects.exists()
    as_user(desk.olga).post(ADD, asked(acts_as_what="person", person=desk.olga.pk))
    as_user(root()).post(ADD, as_alice)
    assert set(ApiKey.objects.values_list("user__username", flat=True)) == {"olga", "alice"}


def test_a_machine_can_be_given_no_ticket_and_logs_in_nowhere(desk: Desk) -> None:
    as_user(desk.olga).post(ADD, asked())
    user = ApiKey.objects.get().user
    page = as_user(desk.alice).get(f"/admin/tickets/ticket/{desk.tickets['pro'].pk}/change/")
    assert "Night job" not in page.content.decode()
    assert as_user(user).get("/admin/").status_code == 302


def test_the_pages_obey_the_content_security_policy(desk: Desk) -> None:
    olga = as_user(desk.olga)
    pages = [olga.get(ADD), olga.post(ADD, asked())]
    pages += [olga.get(LIST), olga.get(f"{LIST}{ApiKey.objects.get().pk}/change/")]
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200
        assert "<script>" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert "default-src 'self'" in page["Content-Security-Policy"]
