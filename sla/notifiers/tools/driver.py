"""Writes into one ticket of a tool: looks, writes what differs, and says what is missing there."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from sla.notifiers.tools.writer import About, Target, ToolWriter, Wanted
from tickets.domain.tool_request import NotThere, ToolAnswer, ToolRefused, ToolRequest

Ask = Callable[[ToolRequest], ToolAnswer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """A ticket is to show this."""

    writer: ToolWriter
    target: Target
    wanted: Wanted

    def write(self, ask: Ask) -> None:
        """Raises ToolAway or ToolRefused; whatever can be written is there even then."""
        writer = self.writer
        answers = [ask(each) for each in writer.look(self.target, self.wanted)]
        present = writer.read(answers, self.wanted)
        for change in writer.changes(self.target, present, self.wanted):
            try:
                writer.check(change, ask(change.request))
            except NotThere:
                raise
            except ToolRefused as error:
                raise _explained(error, change.about, self.wanted) from None
        if present.unknown:
            names = ", ".join(sorted(present.unknown))
            raise ToolRefused(
                f"the tool has no field {names}: enter its right name where this display is set up",
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A note is to be written into a ticket."""

    writer: ToolWriter
    target: Target
    text: str

    def write(self, ask: Ask) -> None:
        """Raises ToolAway or ToolRefused."""
        ask(self.writer.note(self.target, self.text))


def _explained(error: ToolRefused, about: About, wanted: Wanted) -> ToolRefused:
    unclear = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}
    if about is not About.FIELDS or error.status not in unclear:
        return error
    return ToolRefused(
        f"HTTP status {error.status}: the tool refuses a value in {', '.join(wanted.fields)}: "
        "check the names and types of these fields, and that they are on its screen",
        status=error.status,
    )
