"""A real Dovecot on loopback, as an unprivileged user in a folder of its own."""

import grp
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from imaplib import IMAP4
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from sivo_support.local_processes import ServerUser, server_user, spawn, stop
from tests.certificates import make_certificate

DOVECOT = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
needs_dovecot = pytest.mark.skipif(
    DOVECOT is None,
    reason="dovecot is MISSING: no mailbox is tested (Debian: apt install dovecot-imapd)",
)

PASSWORD = "right-horse"
_USERS = 90
# Each server has some users whose server knows neither IDLE nor SAVEDATE.
_PLAIN_USERS = 10
_START_SECONDS = 20.0
_CONFIG = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 0
listen = 127.0.0.1
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
mail_location = maildir:{folder}/mail/%u
mail_max_userip_connections = 100
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%u {folder}/users
}}
{oauth}
userdb {{
  driver = passwd-file
  args = username_format=%u {folder}/users
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""
_OAUTH = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2
}}
"""


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Dovecot:
    """One server; `start` after `kill` brings back the same mailboxes on the same ports."""

    folder: Path
    user: ServerUser
    introspection: str = ""
    port: int = field(default_factory=_free_port)
    tls_port: int = field(default_factory=_free_port)
    child: "subprocess.Popen[bytes] | None" = None
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def new_user(self, kind: str = "user") -> str:
        """Somebody with an empty mailbox; of the kind "plain" for a server without extras."""
        return f"{kind}{next(self._numbers) % (_PLAIN_USERS if kind == 'plain' else _USERS)}"

    @property
    def ca_file(self) -> Path:
        """The certificate, which is its own authority."""
        return self.folder / "certificate.pem"

    def prepare(self) -> None:
        """Writes certificate, users and configuration."""
        for name in ("run", "state", "mail", "home"):
            (self.folder / name).mkdir()
        make_certificate(self.ca_file, self.folder / "key.pem")
        lines = [self._user(f"user{number}") for number in range(_USERS)]
        without = "userdb_imap_capability=IMAP4rev1"
        lines += [self._user(f"plain{number}", without) for number in range(_PLAIN_USERS)]
        (self.folder / "users").write_text("".join(lines))
        if self.introspection:
            (self.folder / "oauth2").write_text(
                f"introspection_url = {self.introspection}\nintrospection_mode = auth\n"
                "username_attribute = email\nactive_attribute = active\nactive_value = true\n"
            )
        config = _CONFIG.format(
            folder=self.folder,
            user=self.user.name,
            group=_group_name(self.user.gid),
            ssl="yes",
            certificate=f"ssl_cert = <{self.ca_file}\nssl_key = <{self.folder}/key.pem",
            oauth=_OAUTH.format(folder=self.folder) if self.introspection else "",
            port=self.port,
            tls_port=self.tls_port,
        )
        (self.folder / "dovecot.conf").write_text(config)
        for path in [self.folder, *self.folder.rglob("*")]:
            os.chown(path, self.user.uid, self.user.gid)

    def _user(self, name: str, extra: str = "") -> str:
        fields = [name, PASSWORD, self.user.uid, self.user.gid, "", self.folder / "home", "", extra]
        return ":".join(str(each) for each in fields) + "\n"

    def start(self) -> None:
        """It answers when this returns."""
        assert DOVECOT is not None
        with (self.folder / "output").open("ab") as output:
            self.child = spawn(
                [DOVECOT, "-F", "-c", self.folder / "dovecot.conf"],
                death_signal=signal.SIGTERM,
                cwd=self.folder,
                output=output.fileno(),
                user=self.user,
            )
        ends_at = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.client("user0", timeout=1.0).logout()
                return
            except (OSError, IMAP4.error):
                assert self.child.poll() is None, self.said()
                assert time.monotonic() < ends_at, self.said()
                time.sleep(0.05)

    def kill(self) -> None:
        """Everything of it is dead when this returns, its sessions included."""
        if self.child is not None:
            stop(self.child, first=signal.SIGTERM, seconds=5)
            # It leads a group of its own: what serves the sessions would outlive it.
            with suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGKILL)
            self.child = None

    def said(self) -> str:
        """What it wrote, for a failing test."""
        return "\n".join(
            path.read_text(errors="replace")[-3000:]
            for path in (self.folder / "output", self.folder / "log")
            if path.exists()
        )

    def client(self, user: str, timeout: float = 10.0) -> Any:
        """A mail program of somebody else's."""
        client = IMAPClient("127.0.0.1", port=self.port, ssl=False, timeout=timeout)
        client.normalise_times = False
        client.login(user, PASSWORD)
        return client

    def put(
        self,
        user: str,
        *mails: bytes,
        at: datetime | None = None,
        folder: str = "INBOX",
    ) -> None:
        """Mails as they come in, with this INTERNALDATE (default: now)."""
        with self.client(user) as client:
            for mail in mails:
                client.append(folder, mail, msg_time=(at or datetime.now(UTC)).astimezone(UTC))

    def drop(self, user: str, raw: bytes) -> None:
        """A file in the Maildir, byte by byte as given, as a delivery agent writes it."""
        folder = self.folder / "mail" / user
        with self.client(user) as client:
            client.select_folder("INBOX")  # makes the folders
        path = folder / "tmp" / f"{time.time_ns()}.drop.host"
        path.write_bytes(raw)
        os.chown(path, self.user.uid, self.user.gid)
        path.rename(folder / "new" / path.name)

    def forget_uids(self, user: str) -> None:
        """The mails stay, with other UIDs under another UIDVALIDITY, as after a repair."""
        folder = self.folder / "mail" / user
        for path in [*folder.glob("dovecot*"), *folder.glob(".*/dovecot*")]:
            path.unlink(missing_ok=True)
        # Dovecot takes the present second for the new UIDVALIDITY.
        time.sleep(1.1)


@contextmanager
def dovecot(introspection: str = "") -> Iterator[Dovecot]:
    """A running server; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="dc-", dir="/tmp"))
    made = Dovecot(folder=folder, user=server_user(), introspection=introspection)
    try:
        made.prepare()
        made.start()
        yield made
    finally:
        made.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _group_name(gid: int) -> str:
    return grp.getgrgid(gid).gr_name
