"""Real processes on loopback: gunicorn as the Dockerfile starts it, and Redis."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sivo_support.local_processes import die_with_parent, stop
from tests.journeys.processes import BIN, _listener, _redis_argv, wait_until

CHECKOUT = Path(__file__).resolve().parents[3]
WORKERS = "2"


def production_arguments() -> list[str]:
    """What gunicorn is given in production, without the application and its address."""
    written = re.search(
        r"^CMD (\[.*?\])$", (CHECKOUT / "Dockerfile").read_text(), re.MULTILINE | re.DOTALL
    )
    assert written, "the Dockerfile has no CMD"
    command: list[str] = json.loads(written.group(1).replace("\\\n", " "))
    assert command[:3] == ["gunicorn", "sivo_support.wsgi", "--bind"]
    return command[4:]


@contextmanager
def servers(database_url: str, more_env: Mapping[str, str]) -> Iterator[dict[str, int]]:
    """The ports of "ours" and "bare"; everything is gone afterwards."""
    running: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(prefix="sivo-door-") as name:
        folder = Path(name)
        redis = folder / "redis.sock"
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        env = kept | {
            "PYTHONPATH": os.fspath(CHECKOUT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DATABASE_URL": database_url,
            "REDIS_URL": f"redis+socket://{quote(os.fspath(redis))}",
            "WEB_CONCURRENCY": WORKERS,
            **more_env,
        }
        try:
            running.append(_start(_redis_argv(folder, redis), env, folder / "redis.log"))
            ports = {}
            for side, application in (
                ("ours", "sivo_support.wsgi"),
                ("bare", "tests.benchmarks.door_peers.bare:application"),
            ):
                with _listener() as listener:
                    ports[side] = int(listener.getsockname()[1])
                    argv = [os.fspath(BIN / "gunicorn"), application, "--bind"]
                    argv += [f"fd://{listener.fileno()}", *production_arguments()]
                    log = folder / f"{side}.log"
                    running.append(_start(argv, env, log, [listener.fileno()]))
                wait_until(lambda port=ports[side]: _answers(port), 60, f"{side} answers")  # type: ignore[misc]
            yield ports
        finally:
            for process in reversed(running):
                stop(process, first=signal.SIGTERM, seconds=5)
            for log in folder.glob("*.log"):
                if os.environ.get("SIVO_BENCH_LOGS"):
                    print(f"--- {log.name}\n{log.read_text()[-20000:]}", file=sys.stderr)


def _start(
    argv: Sequence[str], env: Mapping[str, str], log: Path, fds: Sequence[int] = ()
) -> "subprocess.Popen[bytes]":
    with log.open("ab") as out:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=CHECKOUT,
            pass_fds=fds,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - prctl alone
        )


def _answers(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("HEAD", "/nothing")
            return connection.getresponse().status > 0
        finally:
            connection.close()
    return False
