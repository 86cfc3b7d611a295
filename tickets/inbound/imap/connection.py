"""What is asked of an IMAP server once we are in: opened read-only, mails never marked."""

import select
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from tickets.domain.mail_trouble import FolderMissing, ServerRefused
from tickets.inbound.imap.fields import outline_of
from tickets.inbound.imap.records import FetchedMail, FolderName, OpenedFolder, Outline
from tickets.inbound.imap.troubles import while_working

MAX_HEADER_BYTES = 256 * 1024
_NOT_TO_OPEN = frozenset({b"\\noselect", b"\\nonexistent"})
_SENT = b"\\sent"
# An answer of imaplib's has at most a million bytes a line: a UID and its blank have 11.
_UIDS_PER_SEARCH = 50_000
_OUTLINES_PER_FETCH = 500
_SLICE_SECONDS = 0.5
_FIRST_ROUND_SECONDS = 2.0
# A server may end an IDLE after 30 minutes (RFC 2177).
MAX_IDLE_SECONDS = 28 * 60.0


@dataclass(slots=True, kw_only=True)
class Connection:
    """One logged-in connection, used by one thread. Every method raises MailTrouble."""

    client: Any

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Says goodbye when the server still listens."""
        try:
            self.client.logout()
        except Exception:  # noqa: BLE001  (whatever it is, the connection is no use any more)
            with suppress(Exception):
                self.client.shutdown()

    @property
    def can_idle(self) -> bool:
        """Whether the server tells of new mail by itself."""
        return bool(self.client.has_capability("IDLE"))

    def folders(self) -> tuple[FolderName, ...]:
        """The folders that can be opened, by name."""
        with while_working():
            listed = [
                ({flag.lower() for flag in flags}, str(name))
                for flags, _, name in self.client.list_folders()
            ]
        return tuple(
            FolderName(name=name, is_sent=_SENT in flags)
            for flags, name in sorted(listed, key=lambda each: each[1])
            if not flags & _NOT_TO_OPEN
        )

    def open(self, name: str) -> OpenedFolder:
        """Opens a folder read-only (EXAMINE), also anew: then it is seen as it is now."""
        try:
            with while_working():
                said = self.client.select_folder(name, readonly=True)
        except ServerRefused:
            existing = [folder.name for folder in self.folders()]
            if name in existing or name.upper() == "INBOX":
                raise
            raise FolderMissing(", ".join(existing)) from None
        uidvalidity, count = said.get(b"UIDVALIDITY"), said.get(b"EXISTS", 0)
        if not uidvalidity:
            raise ServerRefused("it keeps no UIDVALIDITY for this folder")
        uid_next = said.get(b"UIDNEXT") or self._uid_next(count)
        return OpenedFolder(uidvalidity=uidvalidity, highest_uid=uid_next - 1, count=count)

    def uids_after(self, uid: int, folder: OpenedFolder) -> Iterator[list[int]]:
        """The UIDs above `uid` in the opened folder, ascending, in lists of bounded length."""
        if not folder.count:
            return
        if folder.count <= _UIDS_PER_SEARCH:
            yield self._search(uid + 1, None)
            return
        for first in range(uid + 1, folder.highest_uid + 1, _UIDS_PER_SEARCH):
            yield self._search(first, min(first + _UIDS_PER_SEARCH - 1, folder.highest_uid))

    def outlines(self, uids: Sequence[int]) -> list[Outline]:
        """Size and times of the mails that are (still) there, in the order of their UIDs."""
        found: list[Outline] = []
        for at in range(0, len(uids), _OUTLINES_PER_FETCH):
            answers = self._fetch(uids[at : at + _OUTLINES_PER_FETCH], [])
            found += [
                outline
                for uid, answer in sorted(answers.items())
                if (outline := outline_of(uid, answer)) is not None
            ]
        return found

    def mails(self, outlines: Sequence[Outline]) -> list[FetchedMail]:
        """The whole mails, with their times in the same command. One that is missing is left out:
        expunged meanwhile, or the server does not hand it out.
        """
        answers = self._fetch([outline.uid for outline in outlines], ["BODY.PEEK[]"])
        fetched = []
        for outline in outlines:
            answer = answers.get(outline.uid, {})
            raw = answer.get(b"BODY[]")
            if isinstance(raw, bytes):
                known = outline_of(outline.uid, answer) or outline
                fetched.append(FetchedMail(outline=known, raw=raw))
        return fetched

    def header(self, outline: Outline, trouble: str) -> FetchedMail | None:
        """The header of a mail that is not fetched whole, at most 256 KB; None when it is gone."""
        part = f"BODY.PEEK[HEADER]<0.{MAX_HEADER_BYTES}>"
        answer = self._fetch([outline.uid], [part]).get(outline.uid)
        if answer is None:
            return None
        raw = next((value for key, value in answer.items() if b"HEADER" in key), None)
        return FetchedMail(
            outline=outline, raw=raw if isinstance(raw, bytes) else b"", trouble=trouble
        )

    def newest(self) -> FetchedMail:
        """The header of the last mail in the opened folder, which must have one."""
        with while_working():
            uid = max(self.client.search(["UID", "*"]))
        for outline in self.outlines([uid]):
            header = self.header(outline, "")
            if header is not None:
                return header
        raise ServerRefused("it does not hand out the newest mail")

    def still_there(self, uids: Sequence[int]) -> set[int]:
        """Which of these mails the opened folder has at this moment."""
        if not uids:
            return set()
        with while_working():
            return set(self.client.search(["UID", ",".join(str(uid) for uid in uids)]))

    def wait(self, seconds: float, *, is_over: Callable[[], bool] = lambda: False) -> bool:
        """Waits until the server tells of new mail (True), the time is up, or `is_over` says so.

        Without IDLE it only lets the time pass.
        """
        ends_at = time.monotonic() + min(seconds, MAX_IDLE_SECONDS)
        if not self.can_idle:
            while not is_over() and (left := ends_at - time.monotonic()) > 0:
                time.sleep(min(_SLICE_SECONDS, left))
            return False
        # A mail that comes between the last look and this IDLE is announced together with the
        # server's consent and lies in a buffer that nobody can see: a short first round finds it.
        for round_ends_at in (min(time.monotonic() + _FIRST_ROUND_SECONDS, ends_at), ends_at):
            while not is_over() and time.monotonic() < round_ends_at:
                if self._idle(round_ends_at, is_over):
                    return True
        return False

    def _idle(self, ends_at: float, is_over: Callable[[], bool]) -> bool:
        with while_working():
            self.client.idle()
            socket = self.client.socket()
            poller = select.poll()
            poller.register(socket.fileno(), select.POLLIN)
            pending = getattr(socket, "pending", lambda: 0)
            while not is_over() and not pending() and (left := ends_at - time.monotonic()) > 0:
                if poller.poll(min(_SLICE_SECONDS, left) * 1000):
                    break
            _, responses = self.client.idle_done()
        # Flags that colleagues change are told, too: only a new mail is news.
        return any(b"EXISTS" in response for response in responses)

    def _uid_next(self, count: int) -> int:
        if not count:
            return 1
        with while_working():
            return int(max(self.client.search(["UID", "*"]))) + 1

    def _search(self, first: int, last: int | None) -> list[int]:
        with while_working():
            found = self.client.search(["UID", f"{first}:{last or '*'}"])
        # `n:*` names the last mail even where its UID is below n.
        return sorted({uid for uid in found if uid >= first})

    def _fetch(self, uids: Sequence[int], parts: Sequence[str]) -> Mapping[int, Mapping[Any, Any]]:
        if not uids:
            return {}
        items = [*parts, "INTERNALDATE", "RFC822.SIZE"]
        if self.client.has_capability("SAVEDATE"):
            items.append("SAVEDATE")
        with while_working():
            answers: Mapping[int, Mapping[Any, Any]] = self.client.fetch(list(uids), items)
            return answers
