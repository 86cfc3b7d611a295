"""A worker of ours: drains the deliveries that wait, as the Celery task does."""

import os


def main() -> None:
    """Each time it is told to, until nothing waits that is not in another worker's hands."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sivo_support.settings")
    import django

    django.setup()
    from django.db import connection

    from sivo_support.warm_up import warm_up
    from tests.benchmarks.mail_peers.at_work import take_orders
    from tickets.tasks import drain_deliveries

    def drain(_: None) -> int:
        total = 0
        while done := drain_deliveries():
            total += done
        return total

    warm_up()
    take_orders(lambda: None, drain, connection)


if __name__ == "__main__":
    main()
