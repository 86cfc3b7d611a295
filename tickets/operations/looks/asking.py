"""Bringing a tool's steps to its API: one question after the other, within a time."""

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from tickets.domain.tool_request import NotThere, ToolAnswer, ToolRequest
from tickets.inbound.polls.poll import Steps

_Found = TypeVar("_Found")
Ask = Callable[[ToolRequest], ToolAnswer]


class OutOfTime(Exception):
    """The round is over; the next one goes on where this one stopped."""


def run_steps(steps: Steps[_Found], ask: Ask, *, ends_at: float) -> _Found:
    """What the steps find. Raises OutOfTime before a question, and what `ask` raises.

    That something does not exist there, the steps are told: some of them know what to do then.
    """
    try:
        question = next(steps)
        while True:
            if monotonic() > ends_at:
                raise OutOfTime
            try:
                answer = ask(question)
            except NotThere as error:
                question = steps.throw(error)
            else:
                question = steps.send(answer)
    except StopIteration as end:
        found: _Found = end.value
        return found
