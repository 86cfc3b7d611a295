"""Labelled tickets, a file an author: `cases/` to learn from, `regression/` to check against."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tickets.domain.words import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A ticket with the severity that a person gave it by the labelling rules.

    `scenario`: variants of one failure share it, so that they stay in one fold.
    """

    subject: str
    body: str
    severity: Severity
    author: str = ""
    scenario: str = ""
    language: str = ""
    kind: str = ""
    channel: str = ""
    weight: float = 1.0


@cache
def shipped_cases() -> tuple[Case, ...]:
    """All cases that the shipped weights are learned from, by file and line."""
    return _read("cases")


@cache
def regression_cases() -> tuple[Case, ...]:
    """Cases that nothing is learned from: what a newly learned model must not get worse at."""
    return _read("regression")


def _read(folder: str) -> tuple[Case, ...]:
    entries = sorted((files(__package__) / folder).iterdir(), key=lambda item: item.name)
    return tuple(
        read_case(json.loads(line))
        for entry in entries
        if entry.name.endswith(".jsonl")
        for line in entry.read_text("utf-8").splitlines()
        if line.strip()
    )


def read_case(row: Mapping[str, Any]) -> Case:
    """One line of a file."""
    return Case(
        subject=row["subject"],
        body=row["body"],
        severity=Severity(row["severity"]),
        author=row["author"],
        scenario=row["scenario"],
        language=row["language"],
        kind=row.get("kind", ""),
        channel=row.get("channel", ""),
    )
