"""No log shows the link in a notice: whoever has it may acknowledge."""

import logging
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from sivo_support.logs import LineFormatter, hide_links, without_links
from sla.notifiers.links import token_of

TOKEN = token_of(12, datetime(2026, 11, 18, tzinfo=UTC))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f'"GET /notices/{TOKEN}/ HTTP/1.1" 200', '"GET /notices/…/ HTTP/1.1" 200'),
        (f"Not Found: /notices/{TOKEN}", "Not Found: /notices/…"),
        (f"https://sla.example//notices//{TOKEN}/?a=1", "https://sla.example//notices//…/?a=1"),
        (f"/admin/login/?next=%2Fnotices%2F{TOKEN}%2F&b", "/admin/login/?next=%2Fnotices%2F…%2F&b"),
        (f'"GET /panel/{TOKEN}/?theme=dark HTTP/1.1"', '"GET /panel/…/?theme=dark HTTP/1.1"'),
        (f"/admin/login/?next=%2Fpanel%2F{TOKEN}%2F&b", "/admin/login/?next=%2Fpanel%2F…%2F&b"),
        ("POST /api/v1/panel-links/ 200", "POST /api/v1/panel-links/ 200"),
        ("GET /admin/sla/notice/12/change/", "GET /admin/sla/notice/12/change/"),
    ],
)
def test_a_link_is_cut_out_of_a_line(line: str, expected: str) -> None:
    assert without_links(line) == expected


def test_our_own_lines_hold_no_link() -> None:
    try:
        raise ValueError(f"http://localhost/notices/{TOKEN}/")
    except ValueError:
        given: dict[str, Any] = {"name": "x", "level": 40, "pathname": "", "lineno": 1}
        record = logging.LogRecord(
            **given, msg="Not Found: %s", args=(f"/notices/{TOKEN}/",), exc_info=sys.exc_info()
        )
    line = LineFormatter("%(levelname)s %(message)s").format(record)
    assert TOKEN not in line
    assert line.startswith("ERROR Not Found: /notices/…/\nTraceback")


def test_the_server_of_a_laptop_logs_no_link(caplog: pytest.LogCaptureFixture) -> None:
    hide_links()
    server = logging.getLogger("django.server")
    server.addHandler(caplog.handler)
    try:
        server.info('"%s" %s %s', f"GET /notices/{TOKEN}/ HTTP/1.1", "200", "17")
    finally:
        server.removeHandler(caplog.handler)
    assert '"GET /notices/…/ HTTP/1.1" 200 17' in caplog.text


@pytest.mark.processes
def test_the_access_log_of_production_has_no_link(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with socket.create_server(("127.0.0.1", 0)) as door, log.open("wb") as out:
        command = [
            *(sys.executable, "-m", "gunicorn", "sivo_support.wsgi", "--workers", "1"),
            *("--bind", f"fd://{door.fileno()}", "--access-logfile", "-", "--no-control-socket"),
            # As it stands in the Dockerfile, with the rest of what may be asked for.
            *("--access-logformat", '"%(r)s" %(s)s "%(f)s" %(U)s %({referer}i)s %({raw_uri}e)s'),
        ]
        web = subprocess.Popen(
            command,
            cwd=django_settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
            pass_fds=[door.fileno()],
            stdout=out,
            stderr=out,
        )
        try:
            base = f"http://127.0.0.1:{door.getsockname()[1]}"
            # A letter is changed: the page says so without asking the database.
            path = f"/notices/{TOKEN[:-1]}-/"
            call = urllib.request.Request(base + path, headers={"Referer": base + path})
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(call, timeout=60)
        finally:
            web.terminate()
            web.wait(20)
    (line,) = [line for line in log.read_text().splitlines() if "GET /notices" in line]
    assert TOKEN[:-1] not in log.read_text()
    assert line.startswith('"GET /notices/…/ HTTP/1.1" 404')
    assert line.count("/notices/…/") == 5
