"""A program that uses an embedded stack until its input ends; and a way to drive it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, socket, struct, sys, time
from pathlib import Path
from sivo_support.local_stack import LocalStack
stack = LocalStack(Path(sys.argv[1]), grace_seconds=float(sys.argv[2]))
began = time.monotonic()
stack.join()
seconds = time.monotonic() - began
with socket.socket(fileno=stack._lease) as lease:
    credentials = lease.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    lease.detach()
print(json.dumps({"seconds": seconds, "supervisor": struct.unpack("3i", credentials)[0]}))
sys.stdout.flush()
if sys.stdin.read() == "leave":
    stack.leave()
"""
# An ordinary user who may still read the interpreter that root keeps in its home.
AS_NOBODY = (
    *("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"),
    *("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"),
)


@dataclass
class StackUser:
    """A process that holds a lease on the stack of `root`."""

    root: Path
    process: "subprocess.Popen[str]"
    supervisor: int = 0
    seconds: float = 0.0

    @classmethod
    def start(
        cls, root: Path, *, grace: float = 0.5, prefix: tuple[str, ...] = (), fsync: bool = False
    ) -> Self:
        """Does not wait: see `joined`."""
        process = subprocess.Popen(
            [*prefix, sys.executable, "-c", PROGRAM, str(root), str(grace)],
            cwd=CHECKOUT,
            env={**os.environ, "SIVO_LOCAL_FSYNC": str(int(fsync))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return cls(root, process)

    def joined(self) -> Self:
        """Waits until the servers answer."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.communicate()[1])
        said: dict[str, Any] = json.loads(line)
        self.supervisor, self.seconds = said["supervisor"], said["seconds"]
        return self

    def end(self, word: str = "") -> None:
        """Ends by itself, with `leave` after asking for the servers to stop."""
        self.process.communicate(word, timeout=30)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.communicate()


def family(pid: int) -> dict[int, str]:
    """The living process and all its descendants, with their command lines."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found = {pid} & parents.keys()
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return {one: name_of(one) for one in found}


def name_of(pid: int) -> str:
    """The command line; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def still_there(members: dict[int, str]) -> dict[int, str]:
    """Those of a family that have not ended (a zombie has)."""
    return {pid: name for pid, name in members.items() if pid in family(pid)}


def remove(root: Path, forget: Callable[[Path], None] = shutil.rmtree) -> None:
    """What the stack of `root` left outside it, for any user that tests run as."""
    from sivo_support.local_folders import Folders

    for uid in {os.geteuid(), 65534}:
        run = Folders(root, uid).run
        if run.exists():
            forget(run)
