"""Who is let in, and how far: keys with their scopes, sessions, and nobody."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client

from tests.api.world import (
    EVERYTHING,
    Program,
    address,
    machine,
    nobody,
    program,
    root,
    secret_of,
)
from tests.sla.desk_world import NOW, Desk
from tickets.models import ApiKey, TicketEvent
from tickets.operations.api.keys import BadKey, make_key, revoke_key

READS = {
    "tickets/": "read:tickets",
    "customers/": "read:customers",
    "missed-targets/": "read:missed",
    "missed-targets/summary/": "read:missed",
    "deliveries/": "read:deliveries",
}


def expect(response: Any, status: int, code: str) -> None:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["type"].rpartition("/")[2] == code
    assert response.json()["status"] == status


@pytest.mark.parametrize("path", READS)
def test_nobody_is_asked_for_a_key(desk: Desk, path: str) -> None:
    response = nobody().get(path)
    expect(response, 401, "not-authenticated")
    assert response["WWW-Authenticate"].startswith("Bearer ")
    assert nobody().post("deadline/", {}).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer sivo_x", "Bearer a b", "Basic YTpi", "Bearer \xf1"]
)
def test_a_wrong_key_is_refused(desk: Desk, header: str) -> None:
    response = Client().get(address("tickets/"), headers={"authorization": header})
    expect(response, 401, "not-authenticated")


def test_only_the_hash_of_a_key_is_kept_and_its_beginning(desk: Desk) -> None:
    secret = secret_of(desk.alice)
    key = ApiKey.objects.get()
    assert key.key_sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert secret.startswith(key.prefix)
    assert len(key.prefix) < 12
    assert secret not in str(ApiKey.objects.values().get())


@pytest.mark.parametrize(("path", "scope"), READS.items())
def test_a_key_may_only_what_its_scopes_say(desk: Desk, path: str, scope: str) -> None:
    others = [each for each in EVERYTHING if each != scope]
    assert program(desk.olga, [scope]).get(path).status_code == 200
    refused = program(desk.olga, others).get(path)
    expect(refused, 403, "forbidden")
    assert scope in refused.json()["detail"]


def test_reading_is_not_writing(desk: Desk) -> None:
    path = f"tickets/{desk.tickets['pro'].pk}/notes/"
    reader = program(desk.alice, ["read:tickets"])
    expect(reader.post(path, {"text": "x"}), 403, "forbidden")
    writer = program(desk.alice, ["write:tickets"])
    assert writer.post(path, {"text": "x"}).status_code == 201
    expect(writer.get("tickets/"), 403, "forbidden")


def test_a_key_never_may_more_than_its_person(desk: Desk) -> None:
    path = f"tickets/{desk.tickets['missed'].pk}/notes/"
    for person in (desk.carla, desk.olga):
        expect(program(person).post(path, {"text": "x"}), 403, "forbidden")
    expect(program(desk.alice).get("deliveries/"), 403, "forbidden")
    alice = program(desk.alice)
    desk.alice.groups.clear()
    expect(alice.get("tickets/"), 403, "forbidden")


def test_a_machine_has_the_rights_of_its_group_and_signs_in_its_own_name(desk: Desk) -> None:
    job = machine("agents")
    ticket = desk.tickets["pro"]
    note = job.post(f"tickets/{ticket.pk}/notes/", {"text": "Seen at night."}).json()
    assert note["author"] == "Night job"
    user = ApiKey.objects.get().user
    assert TicketEvent.objects.filter(ticket=ticket, kind="note_added", actor=user).exists()
    assert not user.is_staff
    assert not user.has_usable_password()
    assert machine("csms").get("tickets/").json()["results"] == []


@pytest.mark.parametrize("after", [timedelta(days=30), timedelta(days=31)])
def test_a_key_expires(desk: Desk, after: timedelta) -> None:
    alice = program(desk.alice)
    with time_machine.travel(NOW + after - timedelta(seconds=1 + after.days % 30 * 86400)):
        assert alice.get("tickets/").status_code == 200
    with time_machine.travel(NOW + after):
        expect(alice.get("tickets/"), 401, "not-authenticated")


def test_a_revoked_key_and_one_of_somebody_who_left_open_nothing(desk: Desk) -> None:
    alice, dave = program(desk.alice), program(desk.dave)
    key = ApiKey.objects.get(user=desk.alice)
    revoke_key(key_id=key.pk, user=desk.olga, now=NOW)
    expect(alice.get("tickets/"), 401, "not-authenticated")
    for gone in ({"is_active": False}, {"is_active": True, "is_staff": False}):
        User.objects.filter(pk=desk.dave.pk).update(**gone)
        expect(dave.get("tickets/"), 401, "not-authenticated")


def test_its_last_use_is_noted_to_the_minute(desk: Desk, django_assert_num_queries: Any) -> None:
    alice = program(desk.alice)
    seen = []
    for seconds in (0, 59, 60, 61, 300):
        with time_machine.travel(NOW + timedelta(seconds=seconds), tick=False):
            alice.get("tickets/")
        seen.append((ApiKey.objects.get().last_used_at - NOW).total_seconds())
    assert seen == [0, 0, 60, 60, 300]


def test_a_person_who_is_logged_in_reads_without_a_key(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.alice)
    assert client.get(address("tickets/")).status_code == 200
    client.force_login(desk.carla)
    assert len(client.get(address("tickets/")).json()["results"]) == 3


def test_a_session_changes_something_only_with_the_token_of_the_page(desk: Desk) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(desk.alice)
    path = address(f"tickets/{desk.tickets['pro'].pk}/notes/")
    kind = "application/json"
    expect(client.post(path, '{"text": "x"}', content_type=kind), 403, "forbidden")
    token = "a" * 32
    client.cookies["csrftoken"] = token
    done = client.post(path, '{"text": "x"}', content_type=kind, headers={"x-csrftoken": token})
    assert done.status_code == 201


def test_somebody_who_is_no_person_of_ours_is_nobody(desk: Desk) -> None:
    desk.alice.is_staff = False
    desk.alice.save()
    client = Client()
    client.force_login(desk.alice)
    expect(client.get(address("tickets/")), 401, "not-authenticated")


def test_operators_make_keys_for_machines_and_themselves_only(desk: Desk) -> None:
    given = {
        "name": "x",
        "scopes": ["read:tickets"],
        "expires_at": NOW + timedelta(days=1),
        "made_by": desk.olga,
        "now": NOW,
    }
    make_key(person=desk.olga, **given)
    make_key(group=Group.objects.get(name="agents"), **given)
    for person in (desk.alice, root()):
        with pytest.raises(BadKey):
            make_key(person=person, **given)
    with pytest.raises(BadKey):
        make_key(**given)
    for wrong in (
        {"scopes": []},
        {"scopes": ["write:everything"]},
        {"expires_at": NOW},
        {"expires_at": NOW + timedelta(days=1000)},
    ):
        with pytest.raises(BadKey):
            make_key(person=desk.olga, **{**given, **wrong})


def test_a_key_in_the_address_is_no_key(desk: Desk) -> None:
    secret = secret_of(desk.alice)
    assert Program("", Client()).get("tickets/", {"key": secret}).status_code == 401
