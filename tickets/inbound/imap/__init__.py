"""Mailboxes read by IMAP: `connect`, and what a connection hands over. No flag is ever changed."""

from tickets.inbound.imap.account import Account, Login, Protection
from tickets.inbound.imap.connecting import Timeouts, connect
from tickets.inbound.imap.connection import Connection
from tickets.inbound.imap.records import FetchedMail, FolderName, OpenedFolder, Outline

__all__ = [
    "Account",
    "Connection",
    "FetchedMail",
    "FolderName",
    "Login",
    "OpenedFolder",
    "Outline",
    "Protection",
    "Timeouts",
    "connect",
]
