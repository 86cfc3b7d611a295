"""The worked examples of the reference page: answered for real, and shown word for word."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from sla.domain.commands.business_time import answer as business_time
from sla.domain.commands.clocks import answer_clocks
from sla.management.commands.deadline import answer as deadline
from tests.reference import coverage_situations, escalation_situations
from tests.reference.situations import SITUATIONS
from tests.sla.world import customer
from tickets.domain.jsonlines import answer_lines, encode
from tickets.management.commands import classify

CHECKOUT = Path(__file__).resolve().parents[2]
EXAMPLES = CHECKOUT / "tests" / "reference"
MAILS = "tests/reference/mails"
PAGE = CHECKOUT / "sivo_support" / "docs" / "commands.md"
REWRITE = os.environ.get("SIVO_REWRITE_REFERENCE") == "1"

Example = dict[str, Any]
HANDLERS: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "business_time": business_time,
    "deadline": deadline,
    "read_clocks": answer_clocks,
    "classify": classify._answer,
}
# What is set up before a command that looks at the database.
SITUATIONS_OF: dict[str, Mapping[str, Callable[[], object]]] = {
    "audit_clocks": SITUATIONS,
    "audit_escalations": escalation_situations.SITUATIONS,
    "check_coverage": coverage_situations.SITUATIONS,
}
COMMANDS = (*HANDLERS, "ingest_email", *SITUATIONS_OF)
# What these find depends on when they look.
RUN_AT = {
    "audit_escalations": escalation_situations.AT,
    "check_coverage": coverage_situations.AT,
}
LEAST = {"audit_escalations": 10, "check_coverage": 8}
# What the rules happen to measure; the rest of an answer is decided by a person.
MEASURED = ("confidence", "reasons")


def examples(command: str) -> list[Example]:
    text = (EXAMPLES / f"{command}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def sent(example: Example) -> str:
    """The line as it goes in: a text is sent as it is."""
    told = example["in"]
    return told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)


def answered(command: str, lines: Iterable[str]) -> tuple[int, list[bytes]]:
    out = io.BytesIO()
    status = answer_lines(HANDLERS[command], io.BytesIO("\n".join(lines).encode()), out)
    return status, out.getvalue().splitlines(keepends=True)


@pytest.mark.parametrize("command", COMMANDS)
def test_there_are_a_dozen_examples_of_each_command(command: str) -> None:
    titles = [example["title"] for example in examples(command)]
    assert len(set(titles)) == len(titles) >= LEAST.get(command, 12)


@pytest.mark.parametrize(
    ("command", "example"),
    [
        pytest.param(command, example, id=f"{command}: {example['title']}")
        for command in HANDLERS
        for example in examples(command)
    ],
)
def test_a_line_is_answered_as_the_page_says(command: str, example: Example) -> None:
    if REWRITE and command == "classify":
        measure(example)
    _, lines = answered(command, [sent(example)])
    assert lines == [encode(example["out"])]


@pytest.mark.parametrize("command", HANDLERS)
def test_a_real_process_answers_all_of_them(command: str) -> None:
    told = examples(command)
    done = run(command, *map(sent, told))
    assert done.stdout == b"".join(encode(example["out"]) for example in told)
    assert done.returncode == int(any("error" in example["out"] for example in told))


@pytest.mark.parametrize("command", ["business_time", "ingest_email"])
def test_wrong_usage_ends_with_2(command: str) -> None:
    assert run(command, arguments=("--nonsense",)).returncode == 2


def test_mails_become_what_the_page_says(
    terms: None, settings: Any, capsysbinary: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OWN_MX_HOSTS = []
    monkeypatch.chdir(CHECKOUT)
    customer("pro")
    call_command("ingest_email", MAILS)
    lines = parsed(capsysbinary.readouterr().out)
    assert numbered_anew(lines) == [example["out"] for example in examples("ingest_email")]
    given = [each["out"]["path"].partition("#")[0] for each in examples("ingest_email")]
    assert given == [example["in"] for example in examples("ingest_email")]


@pytest.mark.parametrize(
    ("command", "example"),
    [
        pytest.param(command, example, id=f"{command}: {example['in']}")
        for command in SITUATIONS_OF
        for example in examples(command)
    ],
)
def test_an_audit_finds_what_the_page_says(
    command: str, example: Example, terms: None, capsysbinary: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if command in RUN_AT:
        name = f"sla.management.commands.{command}.database_now"
        monkeypatch.setattr(name, lambda: RUN_AT[command])
    SITUATIONS_OF[command][example["in"]]()
    options = {"days": coverage_situations.DAYS} if command == "check_coverage" else {}
    status = 0
    try:
        call_command(command, **options)
    except SystemExit as stop:
        status = int(str(stop.code))
    lines = numbered_anew(parsed(capsysbinary.readouterr().out))
    assert (lines, status) == (example["out"], example["status"])


@pytest.mark.parametrize("command", SITUATIONS_OF)
def test_every_situation_is_on_the_page(command: str) -> None:
    assert [example["in"] for example in examples(command)] == list(SITUATIONS_OF[command])


def test_a_mail_servers_pipe_and_the_audit_as_real_processes(
    transactional_db: None, settings: Any
) -> None:
    raw = (CHECKOUT / MAILS / "01-opens.eml").read_text(encoding="utf-8")
    from sla.operations.terms.load_terms import load_terms
    from tickets.queries import database_now

    load_terms(now=database_now())
    piped = run("ingest_email", raw, arguments=("-",), environment=same_database(settings))
    line = parsed(piped.stdout)[0]
    assert (piped.returncode, line["path"], line["outcome"]) == (0, "-", "opened")
    audit = run("audit_clocks", environment=same_database(settings))
    assert (audit.returncode, parsed(audit.stdout)[-1]["tickets"]) == (0, 1)


def test_trouble_of_ours_asks_the_mail_server_to_try_again(settings: Any) -> None:
    nowhere = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://none"}
    assert run("ingest_email", "From: b@x.example\n\nhi", arguments=("-",),
               environment=nowhere).returncode == 75  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_the_page_shows_exactly_the_data(command: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(
        rf"(?<=<!-- examples of {command} -->\n).*?(?=<!-- end of examples -->)", text, re.DOTALL
    )
    assert found is not None, f"the page has no place for the examples of {command}"
    shown = SHOWN.get(command, shown_lines)(examples(command))
    if REWRITE:
        PAGE.write_text(text[: found.start()] + shown + text[found.end() :], encoding="utf-8")
    else:
        assert found.group() == shown


def measure(example: Example) -> None:
    """Writes the present numbers of the rules into the data."""
    _, lines = answered("classify", [sent(example)])
    fresh = json.loads(lines[0])
    told = examples("classify")
    for each in told:
        if each["in"] == example["in"]:
            each["out"] |= {key: fresh[key] for key in MEASURED if key in fresh}
            example["out"] = each["out"]
    text = b"".join(encode(each) for each in told)
    (EXAMPLES / "classify.jsonl").write_bytes(text)


def run(
    command: str,
    *lines: str,
    arguments: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "manage.py", command, *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **(environment or {})},
        input="\n".join(lines).encode(),
        capture_output=True,
        check=False,
        timeout=120,
    )


def same_database(settings: Any) -> dict[str, str]:
    """The environment in which another process uses this test's database."""
    from urllib.parse import quote

    from django.db import connection

    using = connection.settings_dict
    user = quote(using["USER"]) + (f":{quote(using['PASSWORD'])}" if using["PASSWORD"] else "")
    # A socket folder stands in the path of the URL.
    local = using["HOST"].startswith("/")
    host, folder = ("", f"/{quote(using['HOST'])}") if local else (using["HOST"], "")
    url = f"postgres://{user}@{host}:{using['PORT'] or 5432}{folder}/{using['NAME']}"
    return {"DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL}


def parsed(out: bytes) -> list[Example]:
    return [json.loads(line) for line in out.splitlines()]


def numbered_anew(lines: list[Example]) -> list[Example]:
    """As in a fresh database: what a test writes is taken back, but its numbers are used up."""
    for key, first in (("delivery", "1"), ("clock", "1"), ("ticket", "SIVO-1001")):
        prefix, number = re.fullmatch(r"(\D*)(\d+)", first).groups()  # type: ignore[union-attr]
        held = [line[key] for line in lines if isinstance(line.get(key), int | str)]
        seen = sorted(dict.fromkeys(held), key=lambda each: int(re.sub(r"\D", "", str(each))))
        for line in lines:
            if line.get(key) in seen:
                place = f"{prefix}{int(number) + seen.index(line[key])}"
                line[key] = place if prefix else int(place)
    return lines


def shown_lines(told: list[Example]) -> str:
    """The request and its answer below."""
    return (
        "".join(
            f"\n{number}. {each['title']}\n\n   ```json\n   {sent(each)}\n"
            f"   {encode(each['out']).decode().rstrip()}\n   ```\n"
            for number, each in enumerate(told, 1)
        )
        + "\n"
    )


def shown_mails(told: list[Example]) -> str:
    """The mail, where it was not shown yet, and its line."""
    parts, before = [], ""
    for number, each in enumerate(told, 1):
        parts.append(f"\n{number}. {each['title']}\n")
        if each["in"] != before:
            raw = (CHECKOUT / each["in"]).read_bytes().decode(errors="backslashreplace")
            mail = raw.replace("\x00", "\\x00").strip("\n").replace("\n", "\n   ")
            parts.append(
                f"\n   ```text\n   {mail}\n   ```\n" if mail else "\n   (two empty lines)\n"
            )
        parts.append(f"\n   ```json\n   {encode(each['out']).decode().rstrip()}\n   ```\n")
        before = each["in"]
    return "".join([*parts, "\n"])


def shown_audits(told: list[Example]) -> str:
    """All lines of a run and its exit status."""
    return (
        "".join(
            f"\n{number}. {each['title']} (exit status {each['status']})\n\n   ```json\n"
            + "".join(f"   {encode(line).decode()}" for line in each["out"])
            + "   ```\n"
            for number, each in enumerate(told, 1)
        )
        + "\n"
    )


SHOWN = {"ingest_email": shown_mails, **dict.fromkeys(SITUATIONS_OF, shown_audits)}
