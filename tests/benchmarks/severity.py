"""What a verdict on a message costs: over the labelled tickets, at the worst, and at the start.

Run as `python -m tests.benchmarks.severity`. CPU time of this process, the best of several rounds;
beside it a table of keywords and a linear model over words and pieces of words (TF-IDF), which
do much less, as ratios.
"""

import math
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from tickets.domain.severity import classify
from tickets.domain.severity.cases import shipped_cases

AIMS = {"median, ms": 1.0, "worst, ms": 5.0, "start-up, ms": 100.0, "memory, MB": 40.0}
ROUNDS = 5
MEGABYTE = 1_000_000
KEYWORDS = {
    "S1": ("caid", "down", "nadie", "nobody", "todas", "all calls", "no funciona nada", "nicht"),
    "S2": ("cort", "lent", "a veces", "sometimes", "intermit", "fail", "falla", "error"),
    "S3": ("logo", "typo", "traduc", "fecha", "color", "visual", "estetic", "minor"),
    "S4": ("como ", "how ", "queremos", "would like", "duda", "pregunta", "?", "gracias"),
}
START = """
import base64, dataclasses, json, logging, pathlib, re, resource, sys, time, unicodedata
def pages(): return int(open("/proc/self/statm").read().split()[1])
began, before = time.process_time(), pages()
from tickets.domain.severity import classify
classify(channel="email", subject="Centralita", body=sys.argv[1])
print(time.process_time() - began, (pages() - before) * resource.getpagesize())
"""
FIRST = "Desde las nueve no entran llamadas y los agentes no pueden conectarse. ¿Podéis mirarlo?"


def main() -> int:
    """Prints the figures; 1 when an aim is missed."""
    tickets = [(case.subject, case.body) for case in shipped_cases()]
    costs = {
        "this classifier": measure(verdict, tickets),
        "keyword table": measure(by_keywords, tickets),
        "TF-IDF": measure(tfidf(tickets), tickets),
    }
    ours = costs["this classifier"]
    print(f"{len(tickets)} labelled tickets, CPU ms per ticket")
    print(f"{'':<18}{'median':>9}{'p95':>9}{'worst':>9}{'ratio':>9}")
    for name, found in costs.items():
        ratio = median(ours) / median(found)
        print(
            f"{name:<18}{median(found):>9.3f}{at(found, 0.95):>9.3f}{found[-1]:>9.3f}{ratio:>9.1f}"
        )
    print("\nworst inputs, CPU ms")
    worst = 0.0
    for name, subject, body in hostile(tickets):
        (cost,) = measure(verdict, [(subject, body)])
        worst = max(worst, cost)
        print(f"{name:<38}{cost:>9.3f}")
    cpu, memory = start_up()
    reached = {
        "median, ms": median(ours),
        "worst, ms": max(worst, ours[-1]),
        "start-up, ms": cpu,
        "memory, MB": memory,
    }
    print("\nin a fresh process: import and first verdict; memory beside an empty process")
    for name, found in reached.items():
        aim = AIMS[name]
        print(f"{name:<18}{found:>9.2f} of {aim:g} {'' if found <= aim else 'NOT reached'}")
    return 0 if all(found <= AIMS[name] for name, found in reached.items()) else 1


def verdict(subject: str, body: str) -> None:
    """What is measured. A fault would be hidden by the fallback, which is fast."""
    if classify(channel="email", subject=subject, body=body).version == "fallback":
        raise AssertionError(f"no verdict on {body[:60]!r}")


def by_keywords(subject: str, body: str) -> str:
    """The least that anybody would do."""
    text = f"{subject} {body}".lower()
    return max(KEYWORDS, key=lambda level: sum(word in text for word in KEYWORDS[level]))


def tfidf(tickets: Sequence[tuple[str, str]]) -> Callable[[str, str], object]:
    """A linear model over words, pairs and pieces of three to five letters; any weights will do."""
    seen = Counter(gram for _, body in tickets for gram in set(grams(body)))
    weights = {gram: math.log(len(tickets) / count) for gram, count in seen.items()}

    def judge(subject: str, body: str) -> float:
        counts = Counter(grams(f"{subject} {body}"))
        vector = {gram: count * weights.get(gram, 0.0) for gram, count in counts.items()}
        norm = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        return max(
            sum(value * weights.get(gram, 0.0) * level for gram, value in vector.items()) / norm
            for level in range(4)
        )

    return judge


def grams(text: str) -> Iterator[str]:
    """Words, pairs of words, and pieces of words."""
    words = text.lower().split()
    yield from words
    yield from map(" ".join, pairwise(words))
    for word in words:
        edged = f" {word} "
        for size in (3, 4, 5):
            yield from (edged[start : start + size] for start in range(len(edged) - size + 1))


def hostile(tickets: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    """Messages of 8 kB that say much, and of a megabyte that were made to cost much."""
    longest = max((body for _, body in tickets), key=len)
    yield "8 kB of many tickets", "x", " ".join(body for _, body in tickets)[:8_000]
    yield "8 kB of the longest ticket", "x", (longest + "\n") * (8_000 // len(longest) + 1)
    yield "8 kB of short lines", "x", "ab\n" * 2_700
    yield "8 kB of different lines", "x", "\n".join(f"w{n}" for n in range(1_600))
    yield "8 kB of questions", "x", "no va? si? " * 700
    for name, piece in {
        "a": "a",
        "spaces": " ",
        "empty lines": "\n",
        "empty quotes": ">\n",
        "quoted lines": "> no entran llamadas\n",
        "no": "no ",
        "no, comma": "no va, ",
        "stops": "a.",
        "addresses": "a.a@",
        "apostrophes": "l'",
        "nested quotes": "> > On Mon, Bob <bob@acme.example> wrote:\n> > no va\n",
        "nested forwards": "Forwarded message\n",
        "signatures": "-- \nBob\n",
        "legal notices": "Aviso legal: este mensaje es confidencial\n",
        "header blocks": "From: a\nTo: b\nSubject: c\n",
        "closing words": "gracias, , , , ",
        "rules": "-----",
    }.items():
        yield f"1 MB: {name}", "x", piece * (MEGABYTE // len(piece))
    planes = "".join(chr(code) for code in range(0x20, 0x110000, 3) if not 0xD800 <= code < 0xE000)
    yield "1 MB: all planes of Unicode", "x", planes[:MEGABYTE]
    yield "1 MB in the subject", "no va " * (MEGABYTE // 6), ""


def measure(judge: Callable[[str, str], object], tickets: Sequence[tuple[str, str]]) -> list[float]:
    """The CPU milliseconds of each ticket at its best, ascending."""
    best = [math.inf] * len(tickets)
    for _ in range(ROUNDS):
        for number, (subject, body) in enumerate(tickets):
            began = time.process_time_ns()
            judge(subject, body)
            best[number] = min(best[number], (time.process_time_ns() - began) / 1e6)
    return sorted(best)


def median(ascending: Sequence[float]) -> float:
    """The one in the middle."""
    return at(ascending, 0.5)


def at(ascending: Sequence[float], share: float) -> float:
    """The one below which this share of them lies."""
    return ascending[int(len(ascending) * share)]


def start_up() -> tuple[float, float]:
    """CPU milliseconds and megabytes from an empty process to the first verdict, at the best.

    With byte code kept and the standard library loaded, as in a running service: the first run of
    all makes it.
    """
    runs = []
    with tempfile.TemporaryDirectory() as byte_code:
        kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": byte_code}
        for _ in range(1 + ROUNDS):
            said = subprocess.run(
                [sys.executable, "-c", START, FIRST],
                cwd=Path(__file__).parents[2],
                env=os.environ | kept,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            cpu, memory = map(float, said.split())
            runs.append((cpu * 1e3, memory / 1e6))
    return min(cpu for cpu, _ in runs), min(memory for _, memory in runs)


if __name__ == "__main__":
    sys.exit(main())
