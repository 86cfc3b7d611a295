"""A writer that is killed after the tool took what it wrote: nothing is lost or stands wrong."""

import os
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as ours

from sla.models import ToolUpdate, UpdateState
from tests.fakes.tool_server import Asked, Reply
from tests.fakes.zendesk_writes import ZendeskWrites
from tests.journeys.processes import Process, test_database_url
from tests.journeys.shown_deadlines import FAKES, house, sweep_then
from tests.journeys.tool_stories import OPENED
from tests.sla.world import customer
from tickets.queries import database_now

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("terms"),
]
CODE = (
    "from sla.operations.tools.write_to_tools import write_to_tools;"
    "from tickets.queries import database_now;"
    "write_to_tools(clock=database_now)"
)


class Stalling(ZendeskWrites):
    """It takes the first write, and never answers to whoever wrote it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.took, self.may_answer = threading.Event(), threading.Event()

    def answer(self, asked: Asked) -> Reply | None:
        found = super().answer(asked)
        if asked.writes and not self.took.is_set():
            self.took.set()
            self.may_answer.wait(60)
            return None
        return found


def test_kill_9_between_the_tool_s_answer_and_our_row(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.TOOL_PRIVATE_HOSTS = ["127.0.0.1"]
    customer("enterprise")
    monkeypatch.setitem(FAKES, "zendesk", Stalling)
    with house("zendesk", note_at_risk=False, note_missed=False) as made:
        tool: Any = made.tool
        made.open()
        sweep_then(OPENED + timedelta(minutes=31))
        worker = Process(
            argv=[sys.executable, "manage.py", "shell", "--no-imports", "-c", CODE],
            env={
                **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
                "DATABASE_URL": test_database_url(),
                "REDIS_URL": "redis://127.0.0.1:1",
                "DJANGO_SECRET_KEY": ours.SECRET_KEY,
                "SIVO_SECRETS_KEYS": ",".join(ours.SECRETS_KEYS),
                "SIVO_TOOL_PRIVATE_HOSTS": "127.0.0.1",
            },
            log=tmp_path / "worker.log",
            inherited=(),
        )
        worker.start()
        assert tool.took.wait(60), (tmp_path / "worker.log").read_text()
        worker.kill()
        tool.may_answer.set()
        row = ToolUpdate.objects.get()
        assert (row.state, row.attempts, row.written_at) == (UpdateState.WAITING, 1, None)
        now = database_now()
        assert made.write(now) == 0, "its lease has not ended"
        assert made.write(now + timedelta(seconds=100)) == 1
        assert made.due_and_state()[1] == "missed"
        assert "sivo_missed" in tool.tags
        assert tool.tags.count("sivo_missed") == 1
        assert made.update().state == UpdateState.WRITTEN
