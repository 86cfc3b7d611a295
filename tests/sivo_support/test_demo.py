"""The demo: one command from nothing to a service with weeks of work in it, and back to nothing."""

import http.cookiejar
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sivo_support.local_folders import Folders
from tests.sivo_support.stack_user import CHECKOUT, remove

pytestmark = pytest.mark.processes
# About 3 s on a machine that is not busy.
GONE_SECONDS = 10.0


class Checkout:
    """A copy of this checkout: its demo has data, servers and ports of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.run = Folders(root, os.geteuid()).run

    def processes(self) -> dict[int, str]:
        """All that run in it or for it, whoever their parents are."""
        found = {}
        marks = (os.fspath(self.root), os.fspath(self.run))
        for entry in Path("/proc").iterdir():
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                where = os.fspath((entry / "cwd").readlink())
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, IndexError):
                continue
            if state != "Z" and any(where.startswith(mark) or mark in command for mark in marks):
                found[int(entry.name)] = command
        return found

    def seconds_until_nothing_runs(self, limit: float = GONE_SECONDS) -> float:
        began = time.monotonic()
        while left := self.processes():
            assert time.monotonic() - began < limit, left
            time.sleep(0.05)
        return time.monotonic() - began

    def demo(self, **environment: str) -> "subprocess.Popen[str]":
        kept = {name: value for name, value in os.environ.items() if name != "MAKELEVEL"}
        return subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=self.root,
            env={**kept, "SIVO_LOCAL_FSYNC": "0", "DEMO_PORT": "0", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="module")
def checkout() -> Iterator[Checkout]:
    base = Path(tempfile.mkdtemp(prefix="sivo-demo-", dir="/var/tmp"))
    base.chmod(0o755)
    root = base / "a checkout"
    root.mkdir()
    shutil.copy(CHECKOUT / "manage.py", root)
    for name in ("sivo_support", "sla", "tickets"):
        shutil.copytree(CHECKOUT / name, root / name)
    copy = Checkout(root)
    yield copy
    for pid in copy.processes():
        os.kill(pid, signal.SIGKILL)
    copy.seconds_until_nothing_runs(20)
    remove(root)
    shutil.rmtree(base)


@pytest.fixture(scope="module")
def summary(checkout: Checkout) -> dict[str, Any]:
    """What the first run says, which makes the data that the others start on."""
    process = checkout.demo(DEMO_EXIT="1")
    out, said = process.communicate(timeout=180)
    assert process.returncode == 0, said
    checkout.seconds_until_nothing_runs()
    answer: dict[str, Any] = json.loads(out.splitlines()[-1])
    return answer | {"said": said}


class Visitor:
    """Somebody with a browser that keeps its cookies."""

    def __init__(self, address: str) -> None:
        self.address = address
        jar = http.cookiejar.CookieJar()
        self.browser = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar)
        )

    def read(self, address: str, data: bytes | None = None) -> str:
        with self.browser.open(address, data, timeout=30) as answer:
            return str(answer.read().decode())

    def log_in(self, name: str) -> str:
        page = f"{self.address}/admin/login/?next=/admin/"
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.read(page))
        assert found
        form = {"csrfmiddlewaretoken": found[1], "username": name, "password": "demo"}
        return self.read(page, urllib.parse.urlencode(form).encode())


def read_until(process: "subprocess.Popen[str]", words: str) -> str:
    """The screen up to the line with these words."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return "".join(lines)
    raise AssertionError(process.communicate()[1])


def test_the_first_run_makes_a_plausible_world_and_leaves_nothing_running(
    summary: dict[str, Any],
) -> None:
    assert 90 <= summary["tickets"] <= 130
    assert summary["clocks"] > summary["tickets"]
    assert 8 <= summary["missed"] <= 30
    assert summary["running"] >= 10
    for step in ("Postgres and Redis", "Sample world", "Web, worker and beat", "by the worker"):
        assert step in summary["said"]
    assert re.findall(r"SIVO-\d+ (\w+)", summary["said"]) == [
        *("opened", "opened", "appended"),
        "opened",
    ]


def test_the_receipt_explains_a_pro_deadline_over_closed_days(summary: dict[str, Any]) -> None:
    receipt = summary["receipt"]
    assert (receipt["plan"], receipt["allowance_seconds"]) == ("pro", 4 * 3600)
    lines = receipt["lines"]
    assert sum(line["seconds"] for line in lines) == 4 * 3600
    assert lines[0]["from"] == receipt["received"]
    assert lines[-1]["to"] == receipt["due_at"]
    assert any("weekend" in line["text"] or "holiday" in line["text"] for line in lines)


def test_a_second_start_keeps_the_data_and_serves_the_pages_that_it_names(
    checkout: Checkout, summary: dict[str, Any]
) -> None:
    process = checkout.demo()
    screen = read_until(process, "Ctrl-C")
    assert "its data is kept" in screen
    address = re.search(r"http://127\.0\.0\.1:\d+", screen)
    assert address
    pages = re.findall(r"  (.+?)  +(http://\S+)\n", screen)
    assert len(pages) == 10
    visitors = {name: Visitor(address[0]) for name in ("alice", "carla", "olga")}
    for name, visitor in visitors.items():
        assert "errornote" not in visitor.log_in(name)
    for label, page in pages:
        who = next((name for name in visitors if f"({name})" in label), "alice")
        assert "<html" in visitors[who].read(page)
    again = checkout.demo()
    assert again.wait(30) == 1
    assert again.communicate()[1] == f"The demo of this checkout runs already: {address[0]}\n"
    assert len(checkout.processes()) > 10
    process.kill()
    process.communicate()
    assert checkout.seconds_until_nothing_runs() < GONE_SECONDS


def test_ctrl_c_stops_everything_at_any_moment_with_one_line(
    checkout: Checkout, summary: dict[str, Any]
) -> None:
    process = checkout.demo()
    read_until(process, "its data is kept")  # the processes are being started
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=20)
    assert time.monotonic() - began < GONE_SECONDS
    assert (process.returncode, errors) == (0, "")
    assert out.strip() == "Stopped. Nothing runs any more, the data is kept."
    assert checkout.seconds_until_nothing_runs() < 1


def test_a_taken_port_gives_one_line_and_starts_nothing(checkout: Checkout) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen(1)
        port = other.getsockname()[1]
        process = checkout.demo(DEMO_PORT=str(port))
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert re.fullmatch(rf"Port {port} is taken .* DEMO_PORT=\d+ make demo\n", errors)
    checkout.seconds_until_nothing_runs()


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"DATABASE_URL": "postgres://a@db.example/b"}, "unset DATABASE_URL"),
        ({"DEMO_PORT": "many"}, "DEMO_PORT must be a number"),
    ],
)
def test_a_demo_that_may_not_run_says_what_to_do(
    checkout: Checkout, environment: dict[str, str], words: str
) -> None:
    process = checkout.demo(**environment)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert words in errors
    assert len(errors.splitlines()) == 1
    checkout.seconds_until_nothing_runs()
