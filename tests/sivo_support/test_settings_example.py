"""`.env.example` tells operators of every setting, and the containers pass each of them on."""

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
READERS = {"bool", "db_url", "email_url", "float", "int", "list", "str", "tuple", "url"}
# Not for containers: debugging is refused there.
NOT_IN_COMPOSE = {"DJANGO_DEBUG"}


def variables_of_settings() -> set[str]:
    """The names that `env.<type>("NAME")` reads in the settings file."""
    tree = ast.parse((CHECKOUT / "sivo_support" / "settings.py").read_text(encoding="utf-8"))
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in READERS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def variables_of_example() -> set[str]:
    text = (CHECKOUT / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^#([A-Z][A-Z_]+)=", text, flags=re.MULTILINE))


@pytest.mark.parametrize("name", sorted(variables_of_settings()))
def test_every_setting_is_in_the_example(name: str) -> None:
    assert name in variables_of_example()


@pytest.mark.parametrize("name", sorted(variables_of_settings() - NOT_IN_COMPOSE))
def test_every_setting_reaches_the_containers(name: str) -> None:
    compose = (CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8")
    assert re.search(rf"^\s+{name}:", compose, flags=re.MULTILINE)


def test_the_example_changes_nothing_when_copied() -> None:
    lines = (CHECKOUT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []


def test_no_container_has_a_password_of_its_own() -> None:
    compose = (CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8")
    assert re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|KEYS)\w*)(?!\w|:\?)", compose) == []
