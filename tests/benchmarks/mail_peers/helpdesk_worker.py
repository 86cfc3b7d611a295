"""A worker of django-helpdesk, run by its own Python: `migrate`, or mails out of a file.

Arguments: the file, which worker this is, and of how many. Each takes every n-th mail, in order.
"""

import json
import logging
import os
import sys
from pathlib import Path


def migrate() -> None:
    """The tables, and one queue for the address that the mails are sent to."""
    from django.core.management import call_command
    from helpdesk.models import Queue

    call_command("migrate", verbosity=0)
    Queue.objects.create(
        title="Support",
        slug="support",
        email_address="support@sivocenter.com",
        allow_email_submission=True,
    )


def work(path: str, number: int, workers: int) -> None:
    """Reads its mails each time it is told to."""
    from django.db import connection
    from helpdesk.email import extract_email_metadata
    from helpdesk.models import Queue

    from tests.benchmarks.mail_peers.at_work import take_orders

    queue, logger = Queue.objects.get(), logging.getLogger("helpdesk.benchmark")
    logger.setLevel(logging.CRITICAL)

    def load() -> list[str]:
        mails: list[str] = json.loads(Path(path).read_text(encoding="utf-8"))
        return mails[number::workers]

    def read(mails: list[str]) -> int:
        for mail in mails:
            extract_email_metadata(mail, queue, logger)
        return len(mails)

    take_orders(load, read, connection)


def main() -> None:
    """Sets its own Django up."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.mail_peers.helpdesk_settings"
    import django

    django.setup()
    if sys.argv[1] == "migrate":
        migrate()
    else:
        work(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))


if __name__ == "__main__":
    main()
