"""A ratio of CPU times of two sizes in one process: other work on the machine disturbs both."""

import time
from collections.abc import Callable

import pytest


def cost(task: Callable[[], object]) -> float:
    """CPU seconds; the better of two, so that a busy machine counts less."""
    best = float("inf")
    for _ in range(2):
        began = time.process_time()
        task()
        best = min(best, time.process_time() - began)
    return best


def check_linear(task: Callable[[int], Callable[[], object]], n: int) -> None:
    """Four times the size costs at most ten times as much: sixteen would be quadratic."""
    for _ in range(4):
        small, large = cost(task(n)), cost(task(4 * n))
        if large < 0.05 or large < 10 * small:
            return
    pytest.fail(f"{large:.3f} s for four times what costs {small:.3f} s")
