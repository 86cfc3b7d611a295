"""One call of a provider as it came to the door, and what its raw bytes say."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tickets.domain.incoming import Unreadable
from tickets.providers.forms import Field, is_form, read_form

_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_ITEMS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`urls`: the addresses that it may have been signed for; header names in lower case."""

    headers: Mapping[str, str]
    body: bytes
    urls: Sequence[str] = ()

    def header(self, name: str) -> str:
        """A header's value without blanks around it, "" when it is missing."""
        value = self.headers.get(name)
        return value.strip() if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a call says: the fields of a form, or a JSON value (`data`); never both."""

    fields: tuple[Field, ...] = ()
    data: Any = None

    def all(self, name: str) -> list[Field]:
        """The fields of that name, in their order."""
        return [field for field in self.fields if field.name == name]

    def bytes_of(self, name: str) -> bytes | None:
        """The last field of that name, as its bytes; None without one."""
        found = self.all(name)
        return found[-1].content if found else None

    def text(self, name: str) -> str:
        """The last field of that name as a text, "" without one."""
        return (self.bytes_of(name) or b"").decode("utf-8", "replace")

    def json(self, name: str) -> Any:
        """The JSON value in a field, None without the field. Raises Unreadable."""
        found = self.bytes_of(name)
        return None if found is None else read_json(found)

    @property
    def record(self) -> dict[str, Any]:
        """The JSON object; {} for a form. Raises Unreadable for any other JSON value."""
        if self.data is None:
            return {}
        if not isinstance(self.data, dict):
            raise Unreadable("the body must be a JSON object")
        return self.data

    @property
    def items(self) -> list[Any]:
        """The JSON array; one object alone counts as an array of it. Raises Unreadable."""
        return as_list(self.data)


def content_of(call: Call) -> Content:
    """Reads the body as its content type says; one that says nothing is JSON. Raises Unreadable."""
    kind = call.header("content-type")
    if is_form(kind):
        return Content(fields=read_form(kind, call.body))
    return Content(data=read_json(call.body))


def as_list(value: Any) -> list[Any]:
    """An array, or an object alone as an array of one. Raises Unreadable."""
    found = [value] if isinstance(value, dict) else value
    if not isinstance(found, list):
        raise Unreadable("the body must be a JSON array")
    if len(found) > _MAX_ITEMS:
        raise Unreadable(f"the array has {len(found)} entries; the limit is {_MAX_ITEMS}")
    return found


def read_json(body: bytes) -> Any:
    """A JSON value in UTF-8 without lone surrogates, which no text of ours can hold.

    Raises Unreadable.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"))
        return _without_surrogates(value) if _ESCAPED_SURROGATE.search(body) else value
    except UnicodeDecodeError as error:
        raise Unreadable(f"the body is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise Unreadable("the body is nested too deeply") from None
    except ValueError:
        # Without the decoder's words: they may quote what is not ours to repeat.
        raise Unreadable("the body is not JSON") from None


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(each) for each in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(each) for key, each in value.items()}
    return value
