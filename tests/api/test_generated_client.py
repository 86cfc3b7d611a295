"""A typed client generated from the stored document: it type-checks, and it works."""

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from sivo_support.api_document import STORED
from tests.api.world import nobody, secret_of
from tests.sla.desk_world import NOW, Desk
from tests.sla.world import contract_clock
from tickets.domain.words import Severity
from tickets.models import Ticket

PROGRAM = Path(__file__).with_name("client_program.txt")
PACKAGE = "sivo_client"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the generated package, and beside it a program that uses it."""
    folder = tmp_path_factory.mktemp("generated")
    config = folder / "config.json"
    config.write_text(json.dumps({"post_hooks": []}), encoding="utf-8")
    tool = [sys.executable, "-c", "from openapi_python_client.cli import app; app()", "generate"]
    made = subprocess.run(
        [
            *tool,
            *("--path", str(STORED), "--output-path", str(folder / PACKAGE)),
            *("--meta", "none", "--config", str(config), "--fail-on-warning"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    (folder / "program.py").write_text(PROGRAM.read_text(encoding="utf-8"), encoding="utf-8")
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [each for each in sys.modules if each.partition(".")[0] in {PACKAGE, "program"}]:
        del sys.modules[name]


@pytest.fixture
def program(generated: Path) -> Any:
    return importlib.import_module("program")


@pytest.fixture
def client(generated: Path, desk: Desk) -> Iterator[Any]:
    """The generated client with Alice's key; its calls reach the real application."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    made = importlib.import_module(PACKAGE).AuthenticatedClient(
        base_url="http://testserver", token="never sent"
    )
    line = httpx.Client(
        base_url="http://testserver",
        transport=httpx.WSGITransport(app=get_wsgi_application()),
        headers={"Authorization": f"Bearer {secret_of(desk.alice)}"},
    )
    with line:
        yield made.set_httpx_client(line)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_a_program_that_uses_it_passes_a_strict_type_check(generated: Path) -> None:
    options = ["--strict", "--cache-dir", str(generated / "cache"), "--config-file", ""]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "program.py"],
        cwd=generated,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_ticket_is_opened_once_and_made_critical(program: Any, client: Any, desk: Desk) -> None:
    told = (client, "bob@acme.example", "Could you send me the invoice of October?", "order-17")
    ticket = program.open_ticket(*told)
    assert program.open_ticket(*told).reference == ticket.reference
    assert ticket.customer.name == "Acme"
    assert ticket.plan.value == "enterprise"
    before = program.promise(client, ticket)
    raised = program.raise_severity(client, ticket)
    assert raised.severity.value == Severity.S1
    after = program.promise(client, raised)
    assert after.due_at < before.due_at
    stored = contract_clock(Ticket.objects.get(pk=ticket.id))
    assert (after.due_at, after.state.value) == (stored.due_at, stored.state)
    assert after.receipt.lines[0].seconds == 1800


def test_all_pages_together_are_all_tickets(program: Any, client: Any, desk: Desk) -> None:
    found = program.every_reference(client, 2)
    assert found == [each.reference for each in Ticket.objects.order_by("-pk")]


def test_a_deadline_and_a_problem_come_typed(program: Any, client: Any, desk: Desk) -> None:
    models = importlib.import_module(f"{PACKAGE}.models")
    found = program.due(client, models.Plan.ENTERPRISE, models.Severity.S2, NOW)
    assert found.due_at == NOW + timedelta(hours=2)
    problem = program.problem_of(client, 999_999_999)
    assert problem.status == 404
    assert problem.type_.value.endswith("/not-found")


def test_without_a_key_it_gets_a_problem_too(generated: Path, desk: Desk) -> None:
    answer = nobody().get("tickets/")
    model = importlib.import_module(f"{PACKAGE}.models").Problem
    assert model.from_dict(answer.json()).status == 401
