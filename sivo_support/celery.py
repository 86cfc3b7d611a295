"""The Celery application. Rows are the queue; tasks only shorten the wait."""

import os
import sys
from pathlib import Path

from celery import Celery, signals

from sivo_support import local_stack

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sivo_support.settings")
# Django imports this module for every command, those without a database included: only Celery's
# own program joins the embedded servers here (`manage.py` has decided before).
if "celery" in Path(sys.argv[0]).parts[-2:]:
    local_stack.join()

app = Celery("sivo_support")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
def read_before_forking(**_: object) -> None:
    """Once in the parent of a worker's processes; what it holds is theirs, too."""
    from sivo_support.warm_up import warm_up

    warm_up()
