"""The files of an answer on their way to a tool: their bytes, and what the tool called them."""

from collections.abc import Sequence
from typing import Final

from tickets.models import Attachment, Message
from tickets.operations.outgoing.acknowledge import NotWanted
from tickets.outbound.tools.way import OutFile

_LONGEST_KEYS: Final = 1_000


def files_of(message: Message) -> tuple[OutFile, ...]:
    """Its files in the order of the form; the bytes of each are read when it is its turn."""
    rows = message.attachments.order_by("pk").values_list("pk", "name", "media_type", "size")
    return tuple(_file(*row) for row in rows)


def _file(pk: int, name: str, media_type: str, size: int) -> OutFile:
    def content() -> bytes:
        found = bytes(Attachment.objects.values_list("content", flat=True).get(pk=pk))
        if len(found) != size:
            raise NotWanted("the person was erased")
        return found

    return OutFile(name=name or "file", media_type=media_type, size=size, content=content)


def remembered_uploads(message: Message) -> tuple[str, ...]:
    """What the tool has called its files in every try so far."""
    kept = message.attachments.values_list("tool_keys", flat=True)
    return tuple(key for keys in kept for key in keys.split())


def remember_uploads(message: Message, keys: Sequence[str]) -> None:
    """Before a message is made of them: whoever comes next finds it by them."""
    rows = message.attachments.defer("content").order_by("pk")
    for row, key in zip(rows, keys, strict=True):
        # A resend begins at the first try again: the latest are those that matter.
        row.tool_keys = f"{row.tool_keys} {key}"[-_LONGEST_KEYS:].strip()
        row.save(update_fields=["tool_keys"])
