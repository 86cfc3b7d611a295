"""A live test of a mailbox for whoever sets it up: each step in words, with its time."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from django.conf import settings

from tickets.domain.instants import format_instant
from tickets.domain.mail_trouble import MailTrouble, OwnTrouble
from tickets.inbound.imap import (
    Account,
    Connection,
    FetchedMail,
    FolderName,
    Protection,
    Timeouts,
)
from tickets.inbound.imap.connecting import log_in, reach
from tickets.models import LoginKind, Mailbox
from tickets.operations.mailboxes.mailbox_login import TokenStore, account_of, tokens

logger = logging.getLogger(__name__)

_TIMEOUTS = Timeouts(connect=10.0, answer=15.0)
_Result = TypeVar("_Result")


class CheckStep(StrEnum):
    """What is tried, in this order; what follows a failed step is not tried."""

    TOKEN = "token"  # noqa: S105  (a step, not a password)
    CONNECT = "connect"
    LOG_IN = "log_in"
    LIST_FOLDERS = "list_folders"
    OPEN_FOLDER = "open_folder"
    OPEN_SENT_FOLDER = "open_sent_folder"
    READ_HEADER = "read_header"


# What a step says when it succeeded.
SENTENCES = {
    CheckStep.TOKEN: "The provider gave us an access token.",
    CheckStep.CONNECT: "The server answers, and its certificate is in order.",
    CheckStep.LOG_IN: "The server lets us in.",
    CheckStep.LIST_FOLDERS: "These folders can be read:",
    CheckStep.OPEN_FOLDER: "The folder of incoming mail can be read. Mails in it:",
    CheckStep.OPEN_SENT_FOLDER: "The folder of sent mail can be read. Mails in it:",
    CheckStep.READ_HEADER: "A mail's header can be read. The newest mail came in at:",
}
UNPROTECTED = "The server answers. It is on this machine, so nothing is encrypted."
EMPTY = "There is no mail yet whose header could be read."


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedStep:
    """One step: a fixed, translatable sentence, what goes with it, and how long it took."""

    step: CheckStep
    passed: bool
    sentence: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxCheck:
    """All steps that were tried; `sent_folder` is what the server says it is, "" when unsaid.

    `can_idle`: the server tells of new mail at once; else it is looked for at intervals.
    """

    passed: bool
    steps: tuple[CheckedStep, ...]
    folders: tuple[str, ...] = ()
    sent_folder: str = ""
    can_idle: bool = False


def check_mailbox(
    mailbox: Mailbox,
    *,
    now: datetime,
    store: TokenStore = tokens,
    timer: Callable[[], float] = time.monotonic,
) -> MailboxCheck:
    """Logs in, lists the folders, opens those that are to be read, and reads one header.

    Works on an unsaved mailbox, changes nothing on the server, and raises nothing. A server that
    does not answer costs 10 seconds.
    """
    trial, can_idle = _Trial(timer), False
    folders: tuple[FolderName, ...] = ()
    try:
        account = _account(mailbox, trial, now, store)
        with _connection(account, trial) as connection:
            can_idle = connection.can_idle
            folders = trial.run(CheckStep.LIST_FOLDERS, connection.folders, detail=_names)
            _look_inside(mailbox, connection, trial)
    except MailTrouble:
        pass  # the failed step says it
    return MailboxCheck(
        passed=all(step.passed for step in trial.steps),
        steps=tuple(trial.steps),
        folders=tuple(folder.name for folder in folders),
        sent_folder=next((folder.name for folder in folders if folder.is_sent), ""),
        can_idle=can_idle,
    )


@dataclass(slots=True)
class _Trial:
    timer: Callable[[], float]
    steps: list[CheckedStep] = field(default_factory=list)

    def run(
        self,
        step: CheckStep,
        does: Callable[[], _Result],
        *,
        sentence: str = "",
        detail: Callable[[_Result], str] = lambda _: "",
    ) -> _Result:
        """The result of a step, which is written down; raises MailTrouble when it fails."""
        began = self.timer()
        try:
            result = does()
        except Exception as error:
            trouble = error if isinstance(error, MailTrouble) else OwnTrouble(type(error).__name__)
            if trouble is not error:
                logger.error("check of a mailbox, step %s", step, exc_info=error)
            self._note(step, trouble.sentence, trouble.detail, began, passed=False)
            raise trouble from None
        self._note(step, sentence or SENTENCES[step], detail(result), began, passed=True)
        return result

    def _note(
        self, step: CheckStep, sentence: str, detail: str, began: float, *, passed: bool
    ) -> None:
        self.steps.append(
            CheckedStep(
                step=step,
                passed=passed,
                sentence=sentence,
                detail=detail,
                seconds=round(self.timer() - began, 3),
            )
        )


def _account(mailbox: Mailbox, trial: _Trial, now: datetime, store: TokenStore) -> Account:
    def account() -> Account:
        return account_of(mailbox, now=now, store=store)

    if mailbox.login_kind == LoginKind.XOAUTH2:
        return trial.run(CheckStep.TOKEN, account)
    try:
        return account()
    except ValueError:  # an unsaved mailbox may hold anything
        return trial.run(CheckStep.CONNECT, account)


def _connection(account: Account, trial: _Trial) -> Connection:
    def reached() -> Any:
        account.check()
        return reach(account, ca_file=settings.IMAP_CA_FILE, timeouts=_TIMEOUTS)

    plain = account.protection is Protection.NONE
    client = trial.run(CheckStep.CONNECT, reached, sentence=UNPROTECTED if plain else "")
    return trial.run(CheckStep.LOG_IN, lambda: log_in(client, account))


def _look_inside(mailbox: Mailbox, connection: Connection, trial: _Trial) -> None:
    if mailbox.sent_folder:
        trial.run(
            CheckStep.OPEN_SENT_FOLDER,
            lambda: connection.open(mailbox.sent_folder),
            detail=lambda opened: str(opened.count),
        )
    opened = trial.run(
        CheckStep.OPEN_FOLDER,
        lambda: connection.open(mailbox.folder),
        detail=lambda opened: str(opened.count),
    )
    if not opened.count:
        trial.run(CheckStep.READ_HEADER, lambda: None, sentence=EMPTY)
        return
    trial.run(CheckStep.READ_HEADER, connection.newest, detail=_came_in)


def _names(folders: Sequence[FolderName]) -> str:
    return ", ".join(folder.name for folder in folders)


def _came_in(mail: FetchedMail) -> str:
    at = mail.outline.internaldate
    return format_instant(at) if at else "?"
