"""The embedded servers: started on demand, shared, mended, and gone with their last user."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from kombu import Connection

from sivo_support.local_folders import Folders, LocalStackError
from sivo_support.local_stack import LocalStack
from tests.sivo_support.stack_user import (
    AS_NOBODY,
    CHECKOUT,
    StackUser,
    family,
    remove,
    still_there,
)

pytestmark = pytest.mark.processes
Start = Callable[..., StackUser]


@contextlib.contextmanager
def a_checkout() -> Iterator[Path]:
    """Empty, with a path that has a space, an accent and a quote; every user can reach it."""
    base = Path(tempfile.mkdtemp(prefix="sivo-test-", dir="/var/tmp"))
    base.chmod(0o755)
    root = base / "a sño's checkout"
    root.mkdir()
    yield root
    remove(root)
    shutil.rmtree(base)


@pytest.fixture(scope="module")
def checkout() -> Iterator[Path]:
    """Shared: the first test makes the data, the others start on what that one left."""
    with a_checkout() as root:
        yield root


@pytest.fixture
def fresh_checkout() -> Iterator[Path]:
    """Not used before, and thrown away."""
    with a_checkout() as root:
        yield root


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts users of a stack and ends them, and their servers, whatever happened."""
    started: list[StackUser] = []

    def begin(root: Path, **options: object) -> StackUser:
        started.append(StackUser.start(root, **options))  # type: ignore[arg-type]
        return started[-1]

    yield begin
    for user in started:
        if user.process.poll() is None:
            user.kill()
    for user in started:
        wait_for(lambda pid=user.supervisor: not pid or not family(pid))  # type: ignore[misc]


def wait_for(condition: Callable[[], bool], seconds: float = 15) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "waited in vain"
        time.sleep(0.02)
    return time.monotonic() - began


def ask(root: Path, statement: str, role: str = "sivo_app") -> object:
    folder = str(Folders(root, os.geteuid()).sockets)
    with psycopg.connect(
        host=folder, port=5432, user=role, dbname="sivo", autocommit=True
    ) as connection:
        done = connection.execute(statement.encode())
        row = done.fetchone() if done.description else None
    return None if row is None else row[0]


def test_a_fresh_stack_serves_the_two_roles_and_the_broker(
    fresh_checkout: Path, start: Start
) -> None:
    checkout = fresh_checkout
    user = start(checkout).joined()
    assert str(ask(checkout, "SELECT version()")).startswith("PostgreSQL 18")
    assert ask(checkout, "SHOW timezone") == "UTC"
    assert ask(checkout, "SHOW listen_addresses") == ""
    assert ask(checkout, "SELECT datlocprovider FROM pg_database WHERE datname = 'sivo'") == "b"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(checkout, "CREATE TABLE a (b int)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(checkout, "CREATE DATABASE more")
    ask(checkout, "CREATE TABLE a (b int)", role="sivo_owner")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(checkout, "SELECT * FROM a")
    with Connection(LocalStack(checkout).redis_url()) as broker:
        broker.ensure_connection(max_retries=1)
    if os.geteuid() == 0:
        servers = {pid for pid in family(user.supervisor) if pid != user.supervisor}
        assert all(Path(f"/proc/{pid}").stat().st_uid != 0 for pid in servers)


def test_commands_that_come_at_once_share_one_stack(checkout: Path, start: Start) -> None:
    users = [start(checkout) for _ in range(4)]
    assert len({user.joined().supervisor for user in users}) == 1
    late = start(checkout).joined()
    assert late.supervisor == users[0].supervisor
    assert late.seconds < 1


def test_two_clones_do_not_meet(checkout: Path, fresh_checkout: Path, start: Start) -> None:
    one, other = start(checkout), start(fresh_checkout)
    assert one.joined().supervisor != other.joined().supervisor
    ask(checkout, "CREATE SCHEMA ours", role="sivo_owner")
    count = "SELECT count(*) FROM pg_namespace WHERE nspname = 'ours'"
    assert (ask(checkout, count), ask(fresh_checkout, count)) == (1, 0)


def test_kill_9_of_the_last_user_leaves_nothing_running(checkout: Path, start: Start) -> None:
    user = start(checkout, grace=1).joined()
    servers = family(user.supervisor)
    assert len(servers) > 5
    user.kill()
    assert wait_for(lambda: not still_there(servers)) < 5


def test_servers_stay_while_another_user_needs_them(checkout: Path, start: Start) -> None:
    one, other = start(checkout, grace=0.2).joined(), start(checkout).joined()
    one.end("leave")
    time.sleep(0.5)
    assert ask(checkout, "SELECT 1") == 1
    servers = family(other.supervisor)
    other.end("leave")
    assert wait_for(lambda: not still_there(servers)) < 1


def test_after_kill_9_of_the_supervisor_nothing_runs_and_the_next_command_mends(
    checkout: Path, start: Start
) -> None:
    user = start(checkout).joined()
    ask(checkout, "CREATE SCHEMA kept", role="sivo_owner")
    servers = family(user.supervisor)
    os.kill(user.supervisor, signal.SIGKILL)
    assert wait_for(lambda: not still_there(servers)) < 5
    again = start(checkout).joined()
    assert again.supervisor != user.supervisor
    assert ask(checkout, "SELECT count(*) FROM pg_namespace WHERE nspname = 'kept'") == 1


def test_a_server_that_dies_is_started_again(checkout: Path, start: Start) -> None:
    user = start(checkout).joined()
    for program in ("bin/postgres", "redis-server"):
        before = next(pid for pid, name in family(user.supervisor).items() if program in name)
        os.kill(before, signal.SIGKILL)

    def answers() -> bool:
        try:
            with Connection(LocalStack(checkout).redis_url()) as broker:
                broker.ensure_connection(max_retries=1, timeout=1)
            return ask(checkout, "SELECT 1") == 1
        except (psycopg.OperationalError, OSError):
            return False

    wait_for(answers)


def test_a_stale_pid_file_with_somebody_elses_number_is_no_obstacle(
    checkout: Path, start: Start
) -> None:
    start(checkout).joined().end("leave")
    data = Folders(checkout, os.geteuid()).home / "postgres-18"
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")
    shutil.chown(data / "postmaster.pid", data.stat().st_uid)
    start(checkout).joined()
    assert ask(checkout, "SELECT 1") == 1


def test_a_start_that_fails_says_why(fresh_checkout: Path, start: Start) -> None:
    start(fresh_checkout).joined().end("leave")
    data = Folders(fresh_checkout, os.geteuid()).home / "postgres-18"
    (data / "global" / "pg_control").unlink()
    with pytest.raises(AssertionError, match="PostgreSQL does not start"):
        start(fresh_checkout).joined()


def test_data_of_a_run_without_fsync_is_synced_before_it_is_trusted(
    checkout: Path, start: Start
) -> None:
    mark = Folders(checkout, os.geteuid()).home / "postgres-18.unsynced"
    start(checkout).joined().end("leave")
    assert mark.exists()
    start(checkout, fsync=True).joined()
    assert ask(checkout, "SHOW fsync") == "on"
    assert not mark.exists()


def test_forgetting_removes_everything_unless_it_is_in_use(
    fresh_checkout: Path, start: Start
) -> None:
    stack = LocalStack(fresh_checkout)
    user = start(fresh_checkout).joined()
    with pytest.raises(LocalStackError, match="in use"):
        stack.forget()
    user.end("leave")
    stack.forget()
    assert not stack.folders.run.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_ordinary_user_keeps_the_data_in_the_checkout(
    fresh_checkout: Path, start: Start
) -> None:
    nobody = pwd.getpwnam("nobody")
    shutil.chown(fresh_checkout, nobody.pw_uid)
    user = start(fresh_checkout, prefix=AS_NOBODY).joined()
    assert (fresh_checkout / ".local" / "postgres-18" / "PG_VERSION").exists()
    servers = family(user.supervisor)
    assert {Path(f"/proc/{pid}").stat().st_uid for pid in servers} == {nobody.pw_uid}
    folder = str(Folders(fresh_checkout, nobody.pw_uid).sockets)
    with pytest.raises(psycopg.OperationalError, match=r"[Pp]eer"):  # root is not who started it
        psycopg.connect(host=folder, port=5432, user="sivo_app", dbname="sivo")
    user.kill()
    assert wait_for(lambda: not still_there(servers)) < 5


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_lets_no_other_user_in(checkout: Path, start: Start) -> None:
    start(checkout).joined()
    program = (
        "import psycopg, sys; psycopg.connect("
        "host=sys.argv[1], port=5432, user='sivo_app', dbname='sivo')"
    )
    folder = str(Folders(checkout, 0).sockets)
    done = subprocess.run(
        [*AS_NOBODY, sys.executable, "-c", program, folder],
        check=False,
        capture_output=True,
        text=True,
        cwd=CHECKOUT,
    )
    assert done.returncode != 0
    assert "ermission denied" in done.stderr


def test_a_child_dies_with_a_parent_that_is_killed() -> None:
    program = (
        "import sys, time; from sivo_support.local_processes import spawn;"
        "print(spawn([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True);"
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert family(child)
        parent.kill()
    wait_for(lambda: not family(child))
