"""Examples of the API's document."""

from collections.abc import Mapping
from typing import Any

TICKET: Mapping[str, Any] = {
    "id": 1042,
    "reference": "SIVO-1042",
    "subject": "No podemos recibir llamadas",
    "status": "open",
    "waits_for": "",
    "severity": "S1",
    "severity_set_by": "rules",
    "needs_triage": False,
    "channel": "phone",
    "customer": {"id": 7, "code": "acme", "name": "Acme"},
    "requester": {"id": 31, "name": "Bob", "email": "bob@acme.example"},
    "assignee": None,
    "opened_at": "2026-12-01T09:55:00Z",
    "last_customer_message_at": "2026-12-01T09:55:00Z",
    "answered_at": None,
    "solved_at": None,
    "plan": "enterprise",
    "next_due": {
        "metric": "first_response",
        "basis": "contract",
        "due_at": "2026-12-01T10:25:00Z",
        "is_late": False,
    },
}
TICKETS: Mapping[str, Any] = {
    "results": [TICKET],
    "next": "https://support.example.com/api/v1/tickets/?cursor=AAAAAAAABBI",
}
NEW_TICKET: Mapping[str, Any] = {
    "requester": {"email": "bob@acme.example", "name": "Bob"},
    "subject": "No podemos recibir llamadas",
    "text": "Desde las diez no entra ninguna llamada en toda la empresa.",
    "channel": "phone",
    "occurred_at": "2026-12-01T10:55:00+01:00",
}
MESSAGE: Mapping[str, Any] = {
    "id": 4712,
    "ticket": 1042,
    "is_public": True,
    "author_kind": "agent",
    "author": "Alice",
    "at": "2026-12-01T10:07:00Z",
    "text": "Hola Bob:\nya funciona.\n\nAlice",
    "whole_text": "Hola Bob:\nya funciona.\n\nAlice",
    "sending": "waiting",
    "files": [],
    "erased_at": None,
}
NOTE: Mapping[str, Any] = {
    **MESSAGE,
    "id": 4713,
    "is_public": False,
    "text": "The carrier confirms a fault in Madrid.",
    "whole_text": "The carrier confirms a fault in Madrid.",
    "sending": "",
}
CUSTOMER: Mapping[str, Any] = {
    "id": 7,
    "code": "acme",
    "name": "Acme",
    "language": "es",
    "csm": {"id": 3, "name": "Carla"},
    "created_at": "2026-11-02T09:00:00Z",
    "plan": "enterprise",
}
DELIVERY: Mapping[str, Any] = {
    "id": 99,
    "source": "Zendesk Madrid",
    "external_id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
    "state": "quarantined",
    "outcome": "quarantined",
    "reason": "the body is not JSON",
    "ticket": None,
    "size": 512,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "attempts": 1,
    "received_at": "2026-12-01T09:55:00Z",
    "stored_at": "2026-12-01T09:55:00Z",
    "finished_at": "2026-12-01T09:55:01Z",
}
