"""Log lines without what customers wrote, and without the links that act for somebody."""

import logging
import re
from types import TracebackType
from typing import Final

# PostgreSQL repeats the row, the key or the text that it refused, under these words.
_QUOTED = re.compile(
    r"^(DETAIL|CONTEXT|LINE [0-9]+):.*?(?=\n\nThe above exception|\n\nDuring handling|\Z)",
    re.MULTILINE | re.DOTALL,
)
# Whoever has the link in a notice may acknowledge, and the one of a panel shows a ticket's promise:
# they are as good as passwords.
_LINK = re.compile(r"((?:/|%2F)(?:notices|panel)(?:/|%2F)+)[^/\s?#&%\"']+", re.IGNORECASE)
# These write the addresses that were asked for by handlers of their own.
_SERVERS: Final = ("gunicorn.access", "gunicorn.error", "django.server")
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def logging_settings(level: str) -> dict[str, object]:
    """Django's LOGGING: one line per record on standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": "sivo_support.logs.LineFormatter",
                "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            },
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
    }


class LineFormatter(logging.Formatter):
    """One line per record; tracebacks without the rows that the database quotes in its errors."""

    def format(self, record: logging.LogRecord) -> str:
        """The whole line, links cut."""
        return without_links(super().format(record))

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802  (the name that logging calls)
        """The traceback, with the quoted part of a database error left out."""
        return _QUOTED.sub(r"\1: left out, it quotes the data", super().formatException(ei))


def without_links(text: str) -> str:
    """The text with `…` in place of what makes the link of a notice or a panel a secret."""
    return _LINK.sub(r"\1…", text)


def hide_links() -> None:
    """Has web servers log no links, however they were started and whatever their format is."""
    for name in _SERVERS:
        logging.getLogger(name).addFilter(_cut_links)


def _cut_links(record: logging.LogRecord) -> bool:
    # The line as it will stand there: an access log could ask for any of a hundred things.
    record.msg, record.args = without_links(record.getMessage()), None
    return True
