"""Operations that really happen at once: one thread and one database connection for each."""

import threading
from collections.abc import Callable

from django.db import connection


def at_once(*operations: Callable[[], object]) -> list[Exception | None]:
    """Starts them at the same moment and waits for all; what each raised, in the same order."""
    gate = threading.Barrier(len(operations))
    raised: list[Exception | None] = [None] * len(operations)

    def run(index: int, operation: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(30)
            operation()
        except Exception as error:  # noqa: BLE001 - handed to the test
            raised[index] = error
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=(index, operation))
        for index, operation in enumerate(operations)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "the operations wait for each other"
    return raised
