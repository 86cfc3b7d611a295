"""Zendesk's export of ticket metric events, in pages by time, and Zammad's escalation fields."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes.tool_server import Asked, Reply, ToolServer
from tickets.domain.instants import format_instant, parse_instant


@dataclass
class ZendeskMetrics(ToolServer):
    """Events in the order of their times; a page ends as the real one does, with a time."""

    events: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 1000
    schedules: list[dict[str, Any]] = field(default_factory=list)
    holidays: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        schedules = "/api/v2/business_hours/schedules"
        self.route("GET", schedules, lambda _asked: Reply(json={"schedules": self.schedules}))
        self.route("GET", rf"{schedules}/([0-9]+)/holidays", self._holidays)
        self.route("GET", r"/api/v2/incremental/ticket_metric_events\.json", self._page)

    def is_known(self, asked: Asked) -> bool:
        return asked.headers.get("authorization", "").startswith("Basic ")

    def tell(self, ticket: str, kind: str, at: datetime, **more: Any) -> None:
        """One event of a ticket's first reply."""
        self.events.append(
            {
                "id": len(self.events) + 1,
                "ticket_id": int(ticket),
                "metric": "reply_time",
                "instance_id": 1,
                "type": kind,
                # Whole seconds, as there.
                "time": format_instant(at.replace(microsecond=0)),
                **more,
            }
        )

    def policy(self, ticket: str, at: datetime, minutes: int, *, business: bool = False) -> None:
        """A policy is put on a ticket."""
        sla = {
            "target": minutes,
            "target_in_seconds": minutes * 60,
            "business_hours": business,
            "policy": {"id": 25, "title": "First reply", "description": None},
        }
        self.tell(ticket, "apply_sla", at, sla=sla)

    def schedule(
        self, number: int, opens: int, closes: int, zone: str = "Madrid", *holidays: str
    ) -> None:
        """Monday to Friday between two hours."""
        week = [(24 * day + opens, 24 * day + closes) for day in range(1, 6)]
        self.schedules.append(
            {
                "id": number,
                "name": f"Office {number}",
                "time_zone": zone,
                "intervals": [{"start_time": 60 * a, "end_time": 60 * b} for a, b in week],
            }
        )
        self.holidays[number] = [
            {"id": 1, "name": "Closed", "start_date": day, "end_date": day} for day in holidays
        ]

    def _holidays(self, _asked: Asked, number: str) -> Reply:
        return Reply(json={"holidays": self.holidays[int(number)], "count": 1})

    def _page(self, asked: Asked) -> Reply:
        start = int(asked.query["start_time"])
        rows = sorted(self.events, key=lambda each: str(each["time"]))
        rows = [each for each in rows if _seconds(each) >= start]
        page = rows[: self.page_size]
        # Whatever has the same second as the last one comes along.
        page += [
            each for each in rows[self.page_size :] if page and each["time"] == page[-1]["time"]
        ]
        end = _seconds(page[-1]) if page else start
        return Reply(
            json={
                "ticket_metric_events": page,
                "count": len(page),
                "end_time": end,
                "end_of_stream": len(page) == len(rows),
                "next_page": f"{self.url}{asked.path}?start_time={end}",
            }
        )


@dataclass
class ZammadTickets(ToolServer):
    """Tickets by their id, with the fields of its SLA."""

    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    # None: the token lacks admin.calendar.
    calendars: list[dict[str, Any]] | None = field(default_factory=list)

    def __post_init__(self) -> None:
        self.route("GET", r"/api/v1/calendars", self._calendars)
        self.route("GET", r"/api/v1/tickets/([0-9]+)", self._ticket)

    def is_known(self, asked: Asked) -> bool:
        return bool(re.match(r"Token token=\S+", asked.headers.get("authorization", "")))

    def tell(self, ticket: str, created_at: datetime, **more: Any) -> None:
        """One ticket as it stands; instants are written as it writes them."""
        said = {"created_at": created_at, "state": "open", **more}
        self.tickets[ticket] = {"id": int(ticket), **{key: _plain(v) for key, v in said.items()}}

    def _calendars(self, _asked: Asked) -> Reply:
        if self.calendars is None:
            return Reply(status=403, json={"error": "Not authorized"})
        return Reply(json=self.calendars)

    def _ticket(self, _asked: Asked, number: str) -> Reply:
        found = self.tickets.get(number)
        if found is None:
            return Reply(status=404, json={"error": "Couldn't find Ticket"})
        return Reply(json=found)


def _seconds(event: dict[str, Any]) -> int:
    return int(parse_instant(event["time"]).timestamp())


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return value
