"""Hands the files of an answer to a tool, one after the other, before its message is written."""

from collections.abc import Sequence
from time import monotonic
from typing import Final

from tickets.domain.tool_request import ToolAway, ToolRefused
from tickets.outbound.tool_api import ToolApi
from tickets.outbound.tools.way import FileWay, OutFile, Upload

# For all of them together: with a look and the message it stays below the limit of the task.
_SECONDS: Final = 30.0
_ABOUT_THE_FILE: Final = frozenset({413, 415, 422})
_TOO_SLOW: Final = "the files take too long on their way to the tool"


class FileRefused(ToolRefused):
    """A tool refused while it was given a file, whose name is no part of the message."""

    def __init__(self, words: str, *, status: int, name: str) -> None:
        super().__init__(words, status=status)
        self.name = name

    @property
    def is_about_the_file(self) -> bool:
        """Another file might have been taken."""
        return self.status in _ABOUT_THE_FILE


def upload_files(api: ToolApi, way: FileWay, files: Sequence[OutFile]) -> tuple[str, ...]:
    """What the tool calls each of them. Raises ToolAway, or FileRefused for the first it refuses.

    Nobody sees them there before a message names them.
    """
    if way.upload is None:
        return ()
    ends_at = monotonic() + _SECONDS
    names = []
    for file in files:
        try:
            names.append(_uploaded(api, way.upload(api.account, file), ends_at))
        except ToolRefused as error:
            raise FileRefused(str(error), status=error.status, name=file.name) from None
    return tuple(names)


def _uploaded(api: ToolApi, steps: Upload, ends_at: float) -> str:
    try:
        question = next(steps)
        while True:
            left = ends_at - monotonic()
            if left <= 0:
                raise ToolAway(_TOO_SLOW)
            try:
                came = api.ask(question, seconds=left)
            except ToolRefused as error:
                question = steps.throw(error)
            else:
                question = steps.send(came)
    except StopIteration as done:
        return str(done.value)
