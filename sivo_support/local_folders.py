"""Where the embedded servers of one checkout keep their data, sockets and secrets."""

import hashlib
import os
import secrets
import stat
import tempfile
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SOCKET_PATH_LIMIT = 107
POSTGRES_PORT = 5432
SUPERUSER = "postgres"
OWNER_ROLE = "sivo_owner"
APP_ROLE = "sivo_app"
DATABASE = "sivo"
SECRET_BYTES = 48
FERNET_KEY_BYTES = 32
# In this order; ownership is checked before anything in them is used.
PARENTS = ("/var/tmp", "/tmp", "/var/lib")  # noqa: S108


class LocalStackError(RuntimeError):
    """The embedded servers could not be started or reached; the message says what to do."""


@dataclass(frozen=True)
class Folders:
    """The folders of one checkout (`root`) for one user of the machine (`uid`).

    `run` is short, has no odd characters and is reachable by the server user: sockets and locks.
    `home` holds what must last: the checkout's `.local`, or `run` itself for root, whose checkout
    the server user often cannot reach, and for a checkout that cannot hold private files.
    """

    root: Path
    uid: int

    @cached_property
    def run(self) -> Path:
        """`/var/tmp/sivo-support-<uid>-<hash of the checkout's real path>`."""
        digest = hashlib.sha256(os.fsencode(os.path.realpath(self.root))).hexdigest()[:12]
        for parent in PARENTS:
            if os.access(parent, os.W_OK | os.X_OK) and not (self.uid == 0 and _no_exec(parent)):
                return Path(parent) / f"sivo-support-{self.uid}-{digest}"
        raise LocalStackError(f"None of {', '.join(PARENTS)} can hold the sockets and programs.")

    @cached_property
    def home(self) -> Path:
        """Makes the folder when it is missing."""
        if self.uid != 0:
            local = Path(os.path.realpath(self.root)) / ".local"
            try:
                return own_folder(local, mode=0o700, uid=self.uid)
            except (OSError, LocalStackError):
                pass  # read-only, another user's, or a file system without modes
        return self.make_run()

    def make_run(self) -> Path:
        """Root's folder lets the server user pass through; what is inside is guarded itself."""
        return own_folder(self.run, mode=0o711 if self.uid == 0 else 0o700, uid=self.uid)

    @property
    def sockets(self) -> Path:
        """The only folder with sockets that answer; mode 0700, of the server user."""
        return self.run / "s"

    @property
    def postgres_socket(self) -> Path:
        """Where Postgres listens."""
        return self.sockets / f".s.PGSQL.{POSTGRES_PORT}"

    @property
    def redis_socket(self) -> Path:
        """Where Redis listens."""
        return self.sockets / "redis"

    @property
    def lease_socket(self) -> Path:
        """Where the supervisor hands out leases."""
        return self.run / "lease"

    @property
    def log(self) -> Path:
        """What the supervisor and the servers say."""
        return self.home / "servers.log"

    @property
    def supervisor_lock(self) -> Path:
        """Beside the data: a moved checkout meets its old supervisor here."""
        return self.home / "supervisor.lock"

    def check_lengths(self) -> None:
        """A longer socket path is cut off silently by some programs."""
        for path in (self.postgres_socket, self.redis_socket, self.lease_socket):
            if len(os.fsencode(path)) > SOCKET_PATH_LIMIT:
                raise LocalStackError(f"{path} is longer than {SOCKET_PATH_LIMIT} bytes.")

    def secret(self, name: str) -> str:
        """A random secret, made once; `fernet` is a Fernet key, others are 64 characters."""
        if not name.isidentifier():
            raise ValueError(f"{name!r} is not a name for a secret.")
        try:
            folder = own_folder(self.home / "secrets", mode=0o700, uid=self.uid)
            path = folder / name
            if not path.exists():
                _create_once(path, _new_secret(name))
            return path.read_text(encoding="ascii")
        except OSError as error:
            raise LocalStackError(
                f"The local secrets cannot be kept: {error}. Make the folder writable, or set "
                "DJANGO_SECRET_KEY and SIVO_SECRETS_KEYS."
            ) from error


def own_folder(path: Path, *, mode: int, uid: int) -> Path:
    """A real folder of `uid` with exactly `mode`, made if missing.

    `/var/tmp` is everybody's: a link or a stranger's folder of this name is refused.
    """
    try:
        path.mkdir(mode=mode)
        if uid != os.geteuid():
            os.chown(path, uid, -1)
    except FileExistsError:
        pass
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
        raise LocalStackError(f"{path} is not a folder of user {uid}: remove it and try again.")
    if stat.S_IMODE(found.st_mode) != mode:
        path.chmod(mode)
        if stat.S_IMODE(path.lstat().st_mode) != mode:
            raise LocalStackError(f"{path} is on a file system that keeps no private folders.")
    return path


def _no_exec(folder: str) -> bool:
    """Root's copy of the servers' programs must run where it lies."""
    return bool(os.statvfs(folder).f_flag & os.ST_NOEXEC)


def _new_secret(name: str) -> str:
    if name == "fernet":
        return urlsafe_b64encode(secrets.token_bytes(FERNET_KEY_BYTES)).decode("ascii")
    return secrets.token_urlsafe(SECRET_BYTES)


def _create_once(path: Path, text: str) -> None:
    """Two processes may come at once: the first link wins, and no reader sees half a secret."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
