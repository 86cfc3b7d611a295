"""Where the demo may run: this machine, this checkout's own servers, a free port, one at a time."""

import errno
import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

from sivo_support import local_stack
from sivo_support.local_folders import Folders, own_folder

HOST = "127.0.0.1"
DEFAULT_PORT = 8000


class CannotRun(RuntimeError):
    """The demo cannot start; the message is one line that says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The port, and the folder for logs and for the mails that would have been sent."""

    port: int
    folder: Path

    @property
    def address(self) -> str:
        """Without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    @property
    def mails(self) -> Path:
        """Answers are written here instead of being sent."""
        return self.folder / "sent-mail"

    def environment(self) -> dict[str, str]:
        """For the demo's processes: ours, whatever `.env` says about hosts and mail."""
        mine = {key: value for key, value in os.environ.items() if key != "GUNICORN_CMD_ARGS"}
        return mine | {
            # The same checks in each program would only make the start slower.
            "CELERY_SKIP_CHECKS": "1",
            "DJANGO_ALLOWED_HOSTS": f"localhost,{HOST},[::1]",
            "DJANGO_DEBUG": "false",
            # Four slashes: the path after the third is relative otherwise.
            "EMAIL_URL": f"filemail:///{quote(os.fspath(self.mails))}",
            "PYTHONUNBUFFERED": "1",
            "SIVO_OWN_MX_HOSTS": "",
            "SIVO_PUBLIC_URL": self.address,
        }


def refuse_real_data() -> None:
    """Raises CannotRun where invented tickets could reach a real service."""
    if settings.PRODUCTION:
        raise CannotRun("The demo never runs in production: unset SIVO_PRODUCTION.")
    for name, ours in (
        ("DATABASE_URL", local_stack.database_url(local_stack.APP_ROLE)),
        ("REDIS_URL", local_stack.redis_url()),
    ):
        if os.environ.get(name, ours) not in {"", ours}:
            raise CannotRun(f"The demo only uses its own servers: unset {name} (or see .env).")


@contextmanager
def occupied(environ: Mapping[str, str]) -> Iterator[Place]:
    """A place for one demo at a time. Raises CannotRun when the checkout or the port is taken."""
    home = Folders(root=local_stack.CHECKOUT, uid=os.geteuid()).home
    folder = own_folder(home / "demo", mode=0o700, uid=os.geteuid())
    # The kernel lifts the lock however we end, and no child inherits it.
    handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = os.pread(handle, 100, 0).decode() or "another port"
            raise CannotRun(f"The demo of this checkout runs already: {where}") from None
        place = Place(port=_free_port(environ), folder=folder)
        place.mails.mkdir(mode=0o700, exist_ok=True)
        os.ftruncate(handle, 0)
        os.pwrite(handle, place.address.encode(), 0)
        yield place
    finally:
        os.close(handle)


def _free_port(environ: Mapping[str, str]) -> int:
    text = environ.get("DEMO_PORT") or str(DEFAULT_PORT)
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise CannotRun(f"DEMO_PORT must be a number from 0 (any free one) to 65535, not {text!r}.")
    try:
        return _bind(int(text))
    except OSError as error:
        if error.errno == errno.EACCES:
            raise CannotRun(f"Port {text} needs more rights: DEMO_PORT=8000 make demo") from error
        raise CannotRun(
            f"Port {text} is taken by another program: stop that one, or choose another port: "
            f"DEMO_PORT={_bind(0)} make demo"
        ) from error


def _bind(port: int) -> int:
    """The port, or a free one for 0; free again when this returns. Raises OSError."""
    with socket.socket() as listener:
        # As the web server does: a connection of the last run that lingers is no obstacle.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(1)
        return int(listener.getsockname()[1])
