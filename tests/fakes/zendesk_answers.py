"""Zendesk's API as far as comments by updates of tickets go."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes.answered import AnsweredServer
from tests.fakes.tool_server import Asked, Reply

LOGIN = "api@sivocenter.example"
_LIMIT = 1024


@dataclass
class ZendeskAnswers(AnsweredServer):
    """Tickets with the audits of their updates; a closed one takes none. `largest`: the bytes of a
    file, `forbidden`: how the names of files end that it does not take.
    """

    audits: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    largest: int = 50_000_000
    forbidden: tuple[str, ...] = (".exe",)

    def __post_init__(self) -> None:
        self.route("POST", r"/api/v2/uploads\.json", self.upload)
        self.route("PUT", r"/api/v2/tickets/([0-9]+)\.json", self.update)
        self.route("GET", r"/api/v2/tickets/([0-9]+)/audits\.json", self.list_audits)

    def is_known(self, asked: Asked) -> bool:
        proof = base64.b64encode(f"{LOGIN}/token:{self.token}".encode()).decode()
        return asked.headers.get("authorization") == f"Basic {proof}"

    def open(self, thread: str) -> None:
        """A customer opened a ticket."""
        self.audits[thread] = []

    def forget(self) -> None:
        """Somebody deleted the tickets."""
        self.audits.clear()

    def upload(self, asked: Asked) -> Reply:
        # https://developer.zendesk.com/api-reference/ticketing/tickets/ticket-attachments/
        name, kind = asked.query["filename"], asked.headers["content-type"]
        if len(asked.body) > self.largest:
            return Reply(status=413, json={"error": "AttachmentTooLarge"})
        if name.endswith(self.forbidden):
            return Reply(status=422, json={"error": "AttachmentUnprocessable"})
        assert "/" in kind
        assert "json" not in kind, "Rails would read it as the question"
        token = f"tok{len(self.uploads)}"
        self.uploads[token] = (name, asked.body)
        return Reply(status=201, json={"upload": {"token": token, "attachment": {"id": 5}}})

    def update(self, asked: Asked, number: str) -> Reply:
        if number not in self.audits:
            return Reply(status=404, json={"error": "RecordNotFound", "description": "Not found"})
        if number in self.closed:
            details = {"status": [{"description": "Status: closed prevents ticket update"}]}
            return Reply(status=422, json={"error": "RecordInvalid", "details": details})
        told = asked.json["ticket"]
        tokens = told["comment"].pop("uploads", [])
        if not self.uploads.keys() >= set(tokens):
            details = {"base": [{"description": "Invalid upload token"}]}
            return Reply(status=422, json={"error": "RecordInvalid", "details": details})
        assert len(str(told["metadata"])) < _LIMIT
        first = 8_659_716_080_200 + 10 * len(self.kept)
        audit = {
            "id": first,
            "ticket_id": int(number),
            "created_at": datetime.fromtimestamp(self.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "metadata": {"custom": told["metadata"], "system": {"client": "sivo-support"}},
            "events": [
                {"id": first + 2, "type": "Change", "field_name": "status", "value": "open"},
                {"id": first + 1, "type": "Comment", **told["comment"]},
            ],
        }
        self.audits[number].append(audit)
        mark = told["metadata"]["sivo_answer"]
        text, files = told["comment"]["body"], self.uploaded(tokens)
        self.take(id=str(first + 1), text=text, mark=mark, files=files)
        return Reply(json={"ticket": {"id": int(number)}, "audit": audit})

    def list_audits(self, asked: Asked, number: str) -> Reply:
        if number not in self.audits:
            return Reply(status=404, json={"error": "RecordNotFound", "description": "Not found"})
        found = self.audits[number]
        is_newest_first = asked.query.get("sort_order") == "desc"
        return Reply(json={"audits": found[::-1] if is_newest_first else found})
