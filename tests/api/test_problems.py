"""Every error is a problem of RFC 9457, whatever went wrong."""

import os
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client

from tests.api.test_keys import expect
from tests.api.world import address, nobody, program
from tests.journeys.processes import _redis_argv, wait_until
from tests.sla.desk_world import NOW, Desk
from tickets.api import limits
from tickets.api.limits import address_of, forget_counts


def test_what_stands_nowhere_is_a_problem_too(desk: Desk) -> None:
    for path in ("", "nothing/", "tickets/abc/", "tickets/-1/", "tickets/1", "schema"):
        expect(program(desk.alice).get(path), 404, "not-found")


@pytest.mark.parametrize("number", [0, 2**31, 2**63, 10**30])
def test_a_number_that_no_ticket_has_is_not_found(desk: Desk, number: int) -> None:
    for path in (f"tickets/{number}/", f"tickets/{number}/clocks/", f"customers/{number}/"):
        expect(program(desk.alice).get(path), 404, "not-found")


def test_what_one_may_not_see_and_what_is_not_there_look_the_same(desk: Desk) -> None:
    carla = program(desk.carla)
    hidden = carla.get(f"tickets/{desk.tickets['pro'].pk}/")
    missing = carla.get("tickets/999999/")
    assert hidden.content == missing.content


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_a_method_that_is_not_there(desk: Desk, method: str) -> None:
    alice = program(desk.alice)
    call = getattr(alice.client, method)
    response = call(address("tickets/"), headers=alice.headers({}))
    expect(response, 405, "method-not-allowed")
    assert set(response["Allow"].split(", ")) == {"GET", "POST", "HEAD"}


def test_only_json_is_spoken_and_read(desk: Desk) -> None:
    alice = program(desk.alice)
    expect(alice.get("tickets/", accept="text/html"), 406, "not-acceptable")
    path = address("deadline/")
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = alice.client.post(path, "x=1", content_type=kind, headers=alice.headers({}))
        expect(response, 415, "unsupported-media-type")
    expect(alice.post("tickets/", "{"), 400, "malformed")
    expect(alice.post("tickets/", b"\xff"), 400, "malformed")
    expect(alice.post("tickets/", "[]"), 400, "invalid")
    expect(alice.post("tickets/", "[" * 100_000), 400, "malformed")
    expect(alice.post("tickets/", '{"text": NaN}'), 400, "malformed")


def test_a_body_that_is_too_large_is_not_read(desk: Desk, settings: Any) -> None:
    alice = program(desk.alice)
    expect(alice.post("deadline/", "x" * (settings.API_MAX_BYTES + 1)), 413, "too-large")
    headers = {**alice.headers({}), "content-length": str(10**12)}
    response = alice.client.generic(
        "POST", address("tickets/"), b"{}", "application/json", headers=headers
    )
    expect(response, 413, "too-large")


def test_a_body_in_chunks_is_refused(desk: Desk) -> None:
    alice = program(desk.alice)
    response = alice.client.generic(
        "POST",
        address("tickets/"),
        b"",
        "application/json",
        headers={**alice.headers({}), "transfer-encoding": "chunked"},
    )
    expect(response, 411, "length-required")


def test_a_nul_in_the_address_is_a_problem(desk: Desk) -> None:
    expect(program(desk.alice).get("tickets/?status=%00"), 400, "invalid")


def test_a_database_that_is_away_asks_for_another_try(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise OperationalError("DETAIL: bob@acme.example")

    alice = program(desk.alice)
    monkeypatch.setattr("tickets.api.messages.add_note", fail)
    response = alice.post(f"tickets/{desk.tickets['pro'].pk}/notes/", {"text": "x"})
    expect(response, 503, "unavailable")
    assert response["Retry-After"] == "5"
    assert b"bob" not in response.content


def test_trouble_of_ours_says_nothing_of_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("the secret")

    alice = program(desk.alice)
    monkeypatch.setattr("tickets.api.messages.add_note", fail)
    response = alice.post(f"tickets/{desk.tickets['pro'].pk}/notes/", {"text": "x"})
    expect(response, 500, "internal")
    assert b"secret" not in response.content


def test_who_calls_too_often_is_told_when_to_come_back(desk: Desk, settings: Any) -> None:
    settings.API_CALLS_PER_KEY = 3
    alice, dave = program(desk.alice), program(desk.dave)
    assert [alice.get("tickets/").status_code for _ in range(3)] == [200] * 3
    refused = alice.get("tickets/")
    expect(refused, 429, "too-many-requests")
    assert refused["Retry-After"] == "60"
    assert dave.get("tickets/").status_code == 200
    with time_machine.travel(NOW + timedelta(seconds=59), tick=False):
        assert alice.get("tickets/")["Retry-After"] == "1"
    with time_machine.travel(NOW + timedelta(seconds=60), tick=False):
        assert alice.get("tickets/").status_code == 200


def test_an_address_that_tries_keys_is_stopped(desk: Desk, settings: Any) -> None:
    settings.API_CALLS_PER_ADDRESS = 2
    statuses = [nobody().get("tickets/").status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    other = Client(REMOTE_ADDR="192.0.2.7")
    assert other.get(address("tickets/")).status_code == 401


def test_redis_counts_for_all_processes_and_nobody_waits_for_a_dead_one(
    desk: Desk, settings: Any, tmp_path: Path
) -> None:
    socket = tmp_path / "redis.sock"
    server = subprocess.Popen(_redis_argv(tmp_path, socket), stdout=subprocess.DEVNULL)
    try:
        wait_until(socket.exists, 10, "redis listens")
        settings.REDIS_URL = f"redis+socket://{quote(os.fspath(socket))}"
        settings.API_CALLS_PER_KEY = 3
        alice, statuses = program(desk.alice), []
        for _ in range(4):
            # As another process: what is counted here is gone.
            forget_counts()
            statuses.append(alice.get("tickets/").status_code)
        assert statuses == [200, 200, 200, 429]
    finally:
        server.kill()
        server.wait(5)
    began = time.monotonic()
    forget_counts()
    assert [alice.get("tickets/").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("meta", "behind", "address"),
    [
        ({"REMOTE_ADDR": "192.0.2.1"}, False, "192.0.2.1"),
        ({"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "1.1.1.1"}, False, "192.0.2.1"),
        ({"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "9.9.9.9, 1.1.1.1"}, True, "1.1.1.1"),
        ({"REMOTE_ADDR": "2001:db8::1"}, False, "2001:db8::/64"),
        ({"REMOTE_ADDR": "::ffff:192.0.2.1"}, False, "192.0.2.1"),
        ({"REMOTE_ADDR": ""}, False, ""),
    ],
)
def test_whose_address_counts(
    settings: Any, rf: Any, meta: dict[str, str], behind: bool, address: str
) -> None:
    settings.BEHIND_PROXY = behind
    assert address_of(rf.get("/", **meta)) == address


def test_nothing_of_an_answer_is_kept_on_its_way(desk: Desk) -> None:
    response = program(desk.alice).get("tickets/")
    assert response["Cache-Control"] == "no-store"
    assert "default-src 'self'" in response["Content-Security-Policy"]
    assert limits.WINDOW_SECONDS == 60
    forget_counts()
