"""The Celery application. Rows are the queue; tasks only shorten the wait."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from celery import Celery, Task, signals
from celery.exceptions import SoftTimeLimitExceeded

from sivo_support import local_stack

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sivo_support.settings")
# Django imports this module for every command, those without a database included: only Celery's
# own program joins the embedded servers here (`manage.py` has decided before).
if "celery" in Path(sys.argv[0]).parts[-2:]:
    local_stack.join()


class TimeIsUp(BaseException):
    """The soft limit of a task has passed: no `except Exception` on the way may keep it."""


class BoundedTask(Task):  # type: ignore[type-arg]
    """A task that its soft limit ends wherever it is.

    Loops that outlive a failure of one row, ours and those of libraries, would take Celery's own
    exception for such a failure, and go on until the hard limit kills the process.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Runs it. Raises SoftTimeLimitExceeded, at its outermost place alone."""
        try:
            with _limit_that_nothing_keeps():
                return self.run(*args, **kwargs)
        except TimeIsUp as where:
            raise SoftTimeLimitExceeded from where


@contextmanager
def _limit_that_nothing_keeps() -> Iterator[None]:
    """Only in a process of the pool, which is told of its limit by a signal."""
    from billiard.pool import SIG_SOFT_TIMEOUT, soft_timeout_sighandler

    is_told = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(SIG_SOFT_TIMEOUT) is soft_timeout_sighandler
    )
    if not is_told:
        yield
        return
    signal.signal(SIG_SOFT_TIMEOUT, _time_is_up)
    try:
        yield
    finally:
        signal.signal(SIG_SOFT_TIMEOUT, soft_timeout_sighandler)


def _time_is_up(*_: object) -> None:
    raise TimeIsUp


app = Celery("sivo_support", task_cls=BoundedTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
def read_before_forking(**_: object) -> None:
    """Once in the parent of a worker's processes; what it holds is theirs, too."""
    from sivo_support.warm_up import warm_up

    warm_up()
