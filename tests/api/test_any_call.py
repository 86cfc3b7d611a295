"""Whatever is sent: never trouble of ours, and never an answer that the document does not know.

Schemathesis makes calls from the stored document, valid and broken ones, with every check on, for
each kind of caller. Minutes more of them with SIVO_CHAOS=1.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from tests.api.world import machine_secret, secret_of
from tests.sla.desk_world import Desk
from tickets.models import Ticket

CHAOS = os.environ.get("SIVO_CHAOS") == "1"
CALLS = 40 if CHAOS else 4
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
CALLERS = ("agent", "csm", "operator", "machine", "nobody")
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            # 422: understood, and impossible, such as a deadline under terms that do not exist.
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "401", "403", "404", "409", "422"]
            },
        }
    }
)
APP = get_wsgi_application()
SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/schema/", APP, config=CONFIG)
OPERATIONS = [each.ok() for each in SCHEMA.get_all_operations()]


@pytest.fixture
def headers(desk: Desk, caller: str) -> dict[str, str]:
    secrets = {
        "agent": lambda: secret_of(desk.alice),
        "csm": lambda: secret_of(desk.carla),
        "operator": lambda: secret_of(desk.olga),
        "machine": lambda: machine_secret("agents"),
        "nobody": lambda: "sivo_nobody",
    }
    return {"Authorization": f"Bearer {secrets[caller]()}"}


@pytest.fixture(autouse=True)
def _in_the_tests_transaction() -> Iterator[None]:
    """The real application must not close the connection of the test."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def name_of(operation: Any) -> str:
    return str(operation.definition.raw["operationId"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=name_of)
@pytest.mark.parametrize("caller", CALLERS)
def test_any_call_is_answered_as_the_document_says(
    operation: Any, caller: str, headers: dict[str, str]
) -> None:
    # Half of the calls are about a ticket that is there.
    numbers = list(Ticket.objects.values_list("pk", flat=True))

    @given(case=st.one_of([operation.as_strategy(generation_mode=mode) for mode in MODES]))
    @settings(
        max_examples=CALLS,
        deadline=None,
        database=None,
        derandomize=not CHAOS,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def call(case: Any) -> None:
        path = case.path_parameters or {}
        if "ticket_id" in path and isinstance(path["ticket_id"], int) and path["ticket_id"] % 2:
            path["ticket_id"] = numbers[path["ticket_id"] % len(numbers)]
        case.call_and_validate(headers=headers)

    call()
