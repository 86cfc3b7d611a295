"""What the machine says beside the figures: CPU of the database's processes, speed of the disk."""

import os
import tempfile
import time
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROBES = 200
_PAGE = 8192


def postmaster_of(backend: int) -> int:
    """The process that started this backend of PostgreSQL."""
    return int(_stat(backend)[1])


def cpu_of_tree(parent: int) -> float:
    """Seconds of CPU of a process, its children, and the children that have ended."""
    total = sum(map(int, _stat(parent)[11:15]))
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        try:
            total += sum(map(int, _stat(int(child))[11:13]))
        except OSError:
            continue  # it ended meanwhile
    return total / _TICKS


def _stat(pid: int) -> list[str]:
    # The name, in brackets, may hold blanks; what follows is the state, the parent's id, ...
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def syncs_per_second(folder: str) -> float:
    """How often one page can be written and made durable, in this folder."""
    with tempfile.TemporaryFile(dir=folder) as file:
        began = time.perf_counter()
        for _ in range(_PROBES):
            os.pwrite(file.fileno(), b"\x00" * _PAGE, 0)
            os.fdatasync(file.fileno())
        return _PROBES / (time.perf_counter() - began)
