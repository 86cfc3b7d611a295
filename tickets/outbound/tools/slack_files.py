"""Slack: files are handed over one by one, and a message is made of them all at the end."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from tickets.domain.tool_request import (
    ToolAccount,
    ToolAnswer,
    ToolAway,
    ToolRefused,
    ToolRequest,
)
from tickets.outbound.tools.bodies import BYTES, file_body, form_body
from tickets.outbound.tools.slack_refusals import checked
from tickets.outbound.tools.way import (
    FileWay,
    OutFile,
    Upload,
    not_understood,
    part,
    read_object,
    records,
)

_FILE: Final = re.compile(r"[A-Z0-9]{1,50}")
_STAMP: Final = re.compile(r"[0-9]{1,11}\.[0-9]{6}")
# Slack's hosts all lie below these, whichever of them the API was entered as.
_HOMES: Final = ("slack.com", "slack-gov.com")
_ELSEWHERE: Final = (
    "Slack named an address outside Slack for the file: nothing was sent there. An operator must "
    "check the address of the tool."
)
_NO_SCOPE: Final = (
    "The Slack app may not send files: add the scope files:write to it and install it again."
)
_TOO_LARGE: Final = "A file is too large for this Slack workspace: write a new answer with a link."
_NO_TYPE: Final = (
    "This Slack workspace does not take files of this type: write a new answer with a link."
)
_NO_FILES: Final = (
    "This Slack workspace takes no files: write a new answer with a link, or ask its administrator."
)
_FULL: Final = (
    "The Slack workspace has no room left for files: write a new answer with a link, or ask its "
    "administrator."
)
FILE_REFUSALS: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "missing_scope": (403, _NO_SCOPE),
        "file_upload_size_restricted": (413, _TOO_LARGE),
        "file_type_not_allowed": (422, _NO_TYPE),
        "file_uploads_except_images_disabled": (422, _NO_TYPE),
        "file_uploads_disabled": (422, _NO_FILES),
        "storage_limit_reached": (422, _FULL),
    }
)
# What was handed over is not there at the end: it is handed over anew.
_LOST: Final = frozenset({"file_not_found", "file_update_failed", "file_deleted", "upload_expired"})


def upload(account: ToolAccount, file: OutFile) -> Upload:
    """Nobody sees it until a message is made of it; without one it is thrown away."""
    asked = {"filename": file.name, "length": str(file.size)}
    came = yield ToolRequest(
        method="POST", path="/api/files.getUploadURLExternal", body=form_body(asked)
    )
    told = checked(came, FILE_REFUSALS)
    address, name = told.get("upload_url"), told.get("file_id")
    if not isinstance(address, str) or not isinstance(name, str) or not _FILE.fullmatch(name):
        raise not_understood()
    if not is_theirs(address, account.base_url):
        raise ToolRefused(_ELSEWHERE)
    try:
        # It answers in plain text; its status says enough.
        yield ToolRequest(method="POST", address=address, body=file_body(file, BYTES))
    except ToolRefused as error:
        if error.status == 413:
            raise ToolRefused(_TOO_LARGE, status=413) from None
        # An address that is used up or too old: the next try is given a new one.
        raise ToolAway(f"Slack did not take a file (HTTP status {error.status})") from None
    return name


def is_theirs(address: str, base: str) -> bool:
    """Whether an address that an answer names lies at the tool that gave the answer."""
    try:
        there, here = urlsplit(address), urlsplit(base)
        same_door = (there.scheme, there.port) == (here.scheme, here.port)
    except ValueError:
        return False
    host, own = (there.hostname or "").lower(), (here.hostname or "").lower()
    home = next((each for each in _HOMES if own == each or own.endswith(f".{each}")), "")
    below = bool(home) and host.endswith(f".{home}")
    return same_door and bool(host) and (host == own or below)


def completion(*, channel: str, root: str, text: str, names: Sequence[str]) -> ToolRequest:
    """The message, made of the text and of the files by their ids."""
    return ToolRequest(
        method="POST",
        path="/api/files.completeUploadExternal",
        json={
            "files": [{"id": name} for name in names],
            "channel_id": channel,
            "thread_ts": root,
            "initial_comment": text,
        },
    )


def read_completion(came: ToolAnswer, channel: str, names: Sequence[str]) -> str:
    """The stamp of the message, where the answer names it: it mostly comes too early for that."""
    told = read_object(came)
    if told.get("ok") is False and str(told.get("error")) in _LOST:
        raise ToolAway(f"Slack says {told['error']}")
    told = checked(came, FILE_REFUSALS)
    ours = [each for each in records(told, "files") if each.get("id") in names]
    if not ours:
        raise not_understood()
    return next((stamp for each in ours if (stamp := _stamp(each, channel))), "")


def _stamp(file: dict[str, Any], channel: str) -> str:
    for kind in ("public", "private"):
        for share in records(part(file, "shares", kind), channel):
            stamp = share.get("ts")
            if isinstance(stamp, str) and _STAMP.fullmatch(stamp):
                return stamp
    return ""


def has_file(message: dict[str, Any], names: Sequence[str]) -> bool:
    """Whether a message was made of files that were handed over for this answer."""
    return any(each.get("id") in names for each in records(message, "files"))


FILES: Final = FileWay(
    most=10, largest=1_000_000_000, upload=upload, finds=True, refusals=MappingProxyType({})
)
