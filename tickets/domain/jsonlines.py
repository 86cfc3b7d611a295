"""JSON Lines in, JSON Lines out: the frame of every command that answers line by line."""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

logger = logging.getLogger(__name__)

_INT_DIGITS = 4_000
_TYPE_NAMES = {dict: "object", list: "list", str: "text", bool: "boolean", type(None): "null"}


class LineError(ValueError):
    """This line cannot be answered; the message says what to change in it."""


def answer_lines(
    handle: Callable[[Mapping[str, Any]], Mapping[str, Any]], lines: BinaryIO, out: BinaryIO
) -> int:
    """Answers each line in order, flushed one by one; the exit status: 1 if any failed, else 0.

    `handle` gets the object (numbers with a fraction as Decimal) and returns the
    answer without its id. Any ValueError that it raises becomes `{"id", "error"}`.
    """
    status = 0
    for raw in lines:
        line = raw.removeprefix(b"\xef\xbb\xbf")
        if not line.strip():
            continue
        answer = answer_line(handle, line)
        if "error" in answer:
            status = 1
        out.write(encode(answer))
        out.flush()
    return status


def answer_line(
    handle: Callable[[Mapping[str, Any]], Mapping[str, Any]], line: bytes
) -> dict[str, Any]:
    """The answer to one JSON object, or `{"id", "error"}`; `handle` as for `answer_lines`."""
    identity: object = None
    try:
        request = _read(line)
        identity = _identity(request.get("id"))
        return {"id": identity, **handle(request)}
    except ValueError as error:
        return {"id": identity, "error": str(error)}
    except RecursionError:
        return {"id": identity, "error": "the line is nested too deeply"}
    except Exception as error:
        logger.exception("a line could not be answered")
        return {"id": identity, "error": f"internal error: {error!r}"}


def encode(answer: Mapping[str, Any]) -> bytes:
    """One line of JSON in UTF-8 (lone surrogates, which UTF-8 cannot hold, as escapes)."""
    try:
        return json.dumps(answer, ensure_ascii=False, allow_nan=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(answer, allow_nan=False).encode() + b"\n"


def print_line(answer: Mapping[str, Any]) -> None:
    """Writes one line to standard output, at once."""
    sys.stdout.buffer.write(encode(answer))
    sys.stdout.buffer.flush()


def required(request: Mapping[str, Any], key: str) -> Any:
    """The value of a key that must be there and not null. Raises LineError."""
    value = request.get(key)
    if value is None:
        raise LineError(f"{key!r} is missing")
    return value


def text(request: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """The text under a key; `default` when absent or null, LineError when there is none."""
    value = request.get(key)
    if value is None and default is not None:
        return default
    value = required(request, key)
    if not isinstance(value, str):
        raise LineError(f"{key!r} must be a text, not {type_name(value)}")
    return value


def type_name(value: object) -> str:
    """The JSON name of a value's type."""
    return _TYPE_NAMES.get(type(value), "number")


def _read(line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(
            line.decode(), parse_float=_fraction, parse_int=_whole, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError as error:
        raise LineError(f"the line is not UTF-8: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise LineError(f"the line is not JSON: {error}") from None
    if not isinstance(request, dict):
        raise LineError(f"a line must hold one JSON object, not {type_name(request)}")
    return request


def _whole(digits: str) -> int | Decimal:
    # int() refuses more than 4300 digits; JSON does not, and the key may be one to ignore.
    return int(digits) if len(digits) <= _INT_DIGITS else Decimal(digits)


def _fraction(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:  # an exponent beyond 10**18: 0 or infinite to everybody
        return Decimal(float(digits))


def _refuse_constant(name: str) -> object:
    raise LineError(f"the line is not JSON: {name} is not a JSON number")


def _identity(value: object) -> object:
    if isinstance(value, Decimal):
        number = float(value)
        return number if number - number == 0 else None
    return value if isinstance(value, str | int | float | bool) else None
