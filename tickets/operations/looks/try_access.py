"""Trying out an access: harmless questions, each with what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import Final

from django.conf import settings

from tickets.domain.incoming import Unreadable
from tickets.domain.tool_request import ToolTrouble
from tickets.inbound.polls.poll import Listed, Window
from tickets.inbound.polls.table import POLLS
from tickets.models import ToolAccess
from tickets.operations.looks.asking import OutOfTime, run_steps
from tickets.outbound.reach import Reach
from tickets.outbound.tool_api import ToolApi
from tickets.outbound.tools.table import ANSWER_WAYS

_SECONDS: Final = 20.0
_LATELY: Final = timedelta(hours=1)


class TrialStep(StrEnum):
    """What is tried, in this order."""

    LOGIN = "login"
    LIST = "list"
    CONVERSATION = "conversation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One step: `detail` is whose account it is, how many were found, or what went wrong."""

    step: TrialStep
    passed: bool
    detail: str = ""


def try_access(access: ToolAccess, *, now: datetime) -> list[Tried]:
    """Asks who we are, what changed within the hour, and for one conversation of these.

    What follows a step that failed is not tried. Nothing is stored. A tool that takes answers
    alone is asked who we are.
    """
    poll = POLLS.get(access.source.kind)
    account = access.credentials()
    reach = Reach(private_hosts=frozenset(settings.TOOL_PRIVATE_HOSTS))
    ask = ToolApi(account, reach=reach).ask
    ends_at = monotonic() + _SECONDS
    found: list[Tried] = []

    def attempt(step: TrialStep, do: Callable[[], str]) -> bool:
        try:
            found.append(Tried(step=step, passed=True, detail=do()))
        except ToolTrouble as error:
            found.append(Tried(step=step, passed=False, detail=str(error)))
        except Unreadable as error:
            found.append(Tried(step=step, passed=False, detail=f"this is not its API: {error}"))
        except OutOfTime:
            found.append(Tried(step=step, passed=False, detail="the tool is too slow"))
        return found[-1].passed

    if poll is None:
        way = ANSWER_WAYS[access.source.kind]
        if way.try_out is not None:
            question = way.try_out
            attempt(TrialStep.LOGIN, lambda: way.who(ask(question)))
        return found
    listed: list[Listed] = []

    def list_changed() -> str:
        window = Window(since=now - _LATELY, now=now)
        page = run_steps(poll.list_changed(account, window), ask, ends_at=ends_at)
        listed.extend(page.listed)
        return str(len(page.listed))

    def read_one() -> str:
        whole = run_steps(poll.read_whole(account, listed[0]), ask, ends_at=ends_at)
        return str(len(whole.parts))

    if (
        attempt(TrialStep.LOGIN, lambda: poll.who(ask(poll.try_out(account))))
        and attempt(TrialStep.LIST, list_changed)
        and listed
    ):
        attempt(TrialStep.CONVERSATION, read_one)
    return found
