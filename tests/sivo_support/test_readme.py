"""The README tells the truth: what it names exists, and the example of a webhook is accepted."""

import re
import shutil
import subprocess
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import get_commands

from sivo_support.groups import RIGHTS
from tickets.inbound import standard

CHECKOUT = Path(__file__).resolve().parents[2]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
SOURCES = (CHECKOUT / "sivo_support" / "docs" / "sources.md").read_text(encoding="utf-8")
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "sivo_support/docs/commands.md",
    "sivo_support/docs/sources.md",
    "sivo_support/docs/panel.md",
    "sivo_support/docs/shadow.md",
    "sivo_support/docs/webhooks.md",
)
# What speaks of the machine or the people that a text was written on.
FORBIDDEN = re.compile(
    r"/(?:work|root|home|tmp|Users|opt)/|pypi|ghcr\.io|docker\.io|artifactory|index-url"
    r"|\bregistry\b|(?-i:\b(?:TODO|FIXME)\b)",
    re.IGNORECASE,
)
# Read by the demo, the Makefile and the tests; no settings.
NO_SETTINGS = {"DEMO_PORT", "SIVO_ESCALATION_SEED"}
READERS = ("docker-compose.yml", "Makefile", "sivo_support/*.py")


def code_of(page: str) -> list[str]:
    """The fenced blocks and code spans of a page."""
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    fences = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [*fences, *re.findall(r"`([^`]+)`", rest)]


def variables_of_settings() -> set[str]:
    text = (CHECKOUT / "sivo_support" / "settings.py").read_text(encoding="utf-8")
    return set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", text))


def variables_of_example() -> set[str]:
    text = (CHECKOUT / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^#([A-Z][A-Z_]+)=", text, re.MULTILINE))


def paths() -> list[str]:
    named = re.compile(r"[\w.-]+(?:/[\w.-]+)*(?:/|\.(?:py|md|toml|yml|example))")
    spans = {span for span in code_of("README.md") if named.fullmatch(span)}
    links = {link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link}
    return sorted(spans | links)


@pytest.mark.parametrize("path", paths())
def test_every_path_of_the_map_exists(path: str) -> None:
    assert (CHECKOUT / path).exists()
    assert (CHECKOUT / path).is_dir() == path.endswith("/")


def test_the_map_has_every_room() -> None:
    rooms = {
        f"{app}/{room.name}/"
        for app in ("tickets", "sla")
        for room in (CHECKOUT / app).iterdir()
        if room.is_dir() and (room / "__init__.py").exists()
    }
    hidden = {
        f"{app}/{name}/" for app in ("tickets", "sla") for name in ("management", "migrations")
    }
    assert rooms - hidden <= set(paths())


@pytest.mark.parametrize("page", PAGES[:2])
def test_every_make_target_exists(page: str) -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    checks = re.search(r"^CHECKS := (.+)$", makefile, re.MULTILINE)
    assert checks is not None
    targets = {*re.findall(r"^([a-z]+):", makefile, re.MULTILINE), *checks.group(1).split()}
    named = {name for code in code_of(page) for name in re.findall(r"\bmake ([a-z]+)", code)}
    assert named <= targets


@pytest.mark.parametrize("page", PAGES)
def test_every_command_exists(page: str) -> None:
    named = {name for code in code_of(page) for name in re.findall(r"manage\.py ([a-z_]+)", code)}
    assert named <= set(get_commands())


def test_the_arrows_are_those_of_the_contracts() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = {
        each["containers"][0]: each["layers"]
        for each in project["tool"]["importlinter"]["contracts"]
        if "containers" in each
    }
    lines = re.sub(r" +", " ", README).splitlines()
    for app, layers in contracts.items():
        assert f"{app}: " + " > ".join(layers).replace(" : ", ", ") in lines


def test_every_group_is_explained() -> None:
    assert f"| | {' | '.join(RIGHTS)} |" in README.splitlines()


def test_every_setting_is_in_the_example_and_every_example_is_read() -> None:
    readers = [path for pattern in READERS for path in CHECKOUT.glob(pattern)]
    read = {
        name
        for path in readers
        for name in re.findall(r"\b[A-Z][A-Z_]+\b", path.read_text(encoding="utf-8"))
    }
    assert variables_of_settings() <= variables_of_example() <= read


def test_every_variable_that_is_named_is_in_the_example() -> None:
    named = {
        name
        for page in ("README.md", "sivo_support/docs/sources.md")
        for code in code_of(page)
        for name in re.findall(r"\b(?:SIVO|DJANGO|DATABASE|REDIS|EMAIL|DEMO)_[A-Z_]+\b", code)
    }
    assert named - NO_SETTINGS <= variables_of_example()


@pytest.mark.parametrize("page", PAGES)
def test_no_page_speaks_of_the_machine_that_it_was_written_on(page: str) -> None:
    text = (CHECKOUT / page).read_text(encoding="utf-8")
    assert FORBIDDEN.findall(text) == []


def test_it_is_short_enough_to_be_read() -> None:
    assert len(README.splitlines()) < 400


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_webhook_of_the_example_is_accepted() -> None:
    found = re.search(r"<!-- webhook example -->\n```sh\n(.*?)```", SOURCES, re.DOTALL)
    assert found is not None
    # Instead of sending it: each argument, ended by a NUL.
    script = 'set -eu\ncurl() { printf \'%s\\0\' "$secret" "$@"; }\n' + found.group(1)
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, timeout=30)
    secret, *arguments = done.stdout.decode().split("\0")[:-1]
    given = list(zip(arguments[::2], arguments[1::2], strict=False))
    headers = dict(value.split(": ", 1) for option, value in given if option == "-H")
    body = next(value for option, value in given if option == "--data-raw").encode()
    verified = standard.verify(secrets=[secret], headers=headers, body=body, now=datetime.now(UTC))
    assert verified.delivery_id == headers["webhook-id"]
    (message,) = standard.parse(body)
    assert getattr(message, "opens", False)
