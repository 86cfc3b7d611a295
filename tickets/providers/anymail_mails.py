"""Mails that a provider took apart, put together again through django-anymail's readers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.module_loading import import_string

from tickets.domain.incoming import Unreadable
from tickets.providers.forms import Field
from tickets.providers.mime_writer import KEPT_TYPE, write_mail

_NO_NAME = "attachment"
_UNKNOWN = "application/octet-stream"


class _KeptRequest(HttpRequest):
    """A call that was kept, as anymail's readers want to see it."""

    def __init__(self, *, content_type: str, body: bytes) -> None:
        super().__init__()
        self.method = "POST"
        self.content_type = content_type
        self._kept = body

    @property
    def body(self) -> bytes:
        """The raw body."""
        return self._kept


def from_json(view: str, record: bytes, headers: Iterable[tuple[str, str]]) -> bytes:
    """The raw mail of a JSON call; `headers` are the mail's own, as the provider gave them."""
    return _read(view, _KeptRequest(content_type="application/json", body=record), headers)


def from_form(
    view: str,
    fields: Mapping[str, str],
    files: Mapping[str, Field],
    headers: Iterable[tuple[str, str]],
) -> bytes:
    """The raw mail of a form with uploaded files."""
    request = _KeptRequest(content_type="multipart/form-data", body=b"")
    request.POST = _query(fields)  # type: ignore[assignment]
    request.FILES = MultiValueDict({name: [_file(field)] for name, field in files.items()})
    return _read(view, request, headers)


def constructed(headers: Iterable[tuple[str, str]], build: Callable[[Any], Any]) -> bytes:
    """The raw mail of what anymail has no reader for; `build` gets its message class."""
    from anymail.inbound import AnymailInboundMessage

    return write_mail(headers, build(AnymailInboundMessage))


def kept_type(media_type: str) -> str:
    """A content type that is safe to hand over: on one line, and messages not taken apart."""
    bare = " ".join(media_type.split()).replace('"', "")
    essence = bare.partition(";")[0].strip().lower()
    if essence.startswith("message/") and essence.isascii():
        return f'{_UNKNOWN}; {KEPT_TYPE}="{essence}"'
    if "/" not in essence or essence.startswith("multipart/") or KEPT_TYPE in bare:
        return _UNKNOWN
    return media_type if media_type.isprintable() else _UNKNOWN


def _query(fields: Mapping[str, str]) -> QueryDict:
    query = QueryDict(mutable=True, encoding="utf-8")
    for name, value in fields.items():
        query[name] = value
    return query


def _file(field: Field) -> SimpleUploadedFile:
    # Django cuts a name to its last part and refuses one that has none.
    name = (field.filename or "").replace("\x00", "").rpartition("/")[2]
    return SimpleUploadedFile(
        name if name.strip(". ") else _NO_NAME, field.content, kept_type(field.media_type)
    )


def _read(view: str, request: HttpRequest, headers: Iterable[tuple[str, str]]) -> bytes:
    reader = import_string(view)
    # Not its constructor: that looks for settings of doors which this project does not open.
    events = reader.__new__(reader).parse_events(request)
    messages = [event.message for event in events if getattr(event, "message", None) is not None]
    if len(messages) != 1:
        raise Unreadable("the call holds no mail that can be read")
    return write_mail(headers, messages[0])
