"""Examples of the API's document."""

from collections.abc import Mapping
from typing import Any

CLOCK: Mapping[str, Any] = {
    "id": 5,
    "metric": "first_response",
    "basis": "contract",
    "plan": "pro",
    "severity": "S3",
    "terms": "2026-11",
    "clause": "7",
    "calendar": "es-office",
    "allowance_seconds": 14400,
    "state": "running",
    "started_at": "2026-12-04T16:00:00Z",
    "due_at": "2026-12-07T11:00:00Z",
    "at_risk_at": "2026-12-07T10:00:00Z",
    "stopped_at": None,
    "ended_at": None,
    "breached_at": None,
    "met": None,
    "elapsed_seconds": 0,
    "cause": "",
    "void": False,
    "receipt": {
        "counted_from": "2026-12-04T16:00:00Z",
        "due_at": "2026-12-07T11:00:00Z",
        "total_seconds": 14400.0,
        "is_whole": True,
        "agrees": True,
        "lines": [
            {
                "from": "2026-12-04T16:00:00Z",
                "to": "2026-12-04T17:00:00Z",
                "seconds": 3600,
                "code": "open",
                "text": "Fri 4 December 17:00-18:00",
            }
        ],
    },
}
MISSED: Mapping[str, Any] = {
    "clock": 5,
    "ticket": 1042,
    "reference": "SIVO-1042",
    "customer": {"id": 7, "code": "acme", "name": "Acme"},
    "csm": {"id": 3, "name": "Carla"},
    "severity": "S1",
    "started_at": "2026-12-01T09:55:00Z",
    "due_at": "2026-12-01T10:25:00Z",
    "answered_at": "2026-12-01T10:40:00Z",
    "late_seconds": 900,
    "late_open_seconds": 900,
    "cause": "",
    "is_open": False,
}
TALLY: Mapping[str, Any] = {"met": 39, "missed": 1, "open": 0, "cancelled": 2, "ratio": 0.975}
SUMMARY: Mapping[str, Any] = {
    "month": "2026-12",
    "plan": "enterprise",
    "total": TALLY,
    "by_severity": [{"severity": "S1", **TALLY}],
}
DEADLINE: Mapping[str, Any] = {
    "id": "1",
    "plan": "enterprise",
    "severity": "S1",
    "received": "2026-12-25T03:00:00+01:00",
}
ANSWER: Mapping[str, Any] = {
    "id": "1",
    "metric": "first_response",
    "due_at": "2026-12-25T02:30:00Z",
    "calendar": "always",
    "allowance_seconds": 1800,
    "receipt": [
        {
            "from": "2026-12-25T02:00:00Z",
            "to": "2026-12-25T02:30:00Z",
            "seconds": 1800,
            "text": "Fri 25 December 03:00-03:30",
        }
    ],
}
PANEL_BY_THREAD: Mapping[str, Any] = {
    "source": "0192f3a0-5c1e-4f6e-9c39-2f1f5f8f1a11",
    "thread": "35436",
    "language": "es",
}
PANEL_LINK: Mapping[str, Any] = {
    "ticket": 1042,
    "reference": "SIVO-1042",
    "url": "https://support.example.com/panel/1042-5d41402abc4b2a76-1796133600-es-0.c2lnbmF0dXJl/",
    "expires_at": "2026-12-01T18:00:00Z",
}
PANEL_REVOCATION: Mapping[str, Any] = {
    "source": "0192f3a0-5c1e-4f6e-9c39-2f1f5f8f1a11",
    "ticket": None,
    "reference": None,
    "revoked_at": "2026-12-01T11:30:00Z",
}
