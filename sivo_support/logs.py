"""Log lines without what customers wrote."""

import logging
import re
from types import TracebackType

# PostgreSQL repeats the row, the key or the text that it refused, under these words.
_QUOTED = re.compile(
    r"^(DETAIL|CONTEXT|LINE [0-9]+):.*?(?=\n\nThe above exception|\n\nDuring handling|\Z)",
    re.MULTILINE | re.DOTALL,
)
_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LineFormatter(logging.Formatter):
    """One line per record; tracebacks without the rows that the database quotes in its errors."""

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802  (the name that logging calls)
        """The traceback, with the quoted part of a database error left out."""
        return _QUOTED.sub(r"\1: left out, it quotes the data", super().formatException(ei))
