"""Files and functions stay small enough to be read in one go."""

import ast
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
MAX_LINES = 300
MAX_STATEMENTS = 40
ROOTS = ("sivo_support", "sla", "tickets", "tests")


def source_files() -> list[Path]:
    found = [CHECKOUT / "manage.py"]
    for root in ROOTS:
        found += [
            path for path in (CHECKOUT / root).rglob("*.py") if "migrations" not in path.parts
        ]
    return sorted(found)


def shown(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


def statements(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Those of inner functions are counted with them, not with the outer one."""
    count, rest = 0, list(function.body)
    while rest:
        statement = rest.pop()
        count += 1
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for inner in ast.iter_child_nodes(statement):
            if isinstance(inner, ast.stmt):
                rest.append(inner)
            elif isinstance(inner, ast.ExceptHandler | ast.match_case):
                rest += inner.body
    return count


@pytest.mark.parametrize("path", source_files(), ids=shown)
def test_a_file_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) < MAX_LINES
    tree = ast.parse(text)
    if tree.body:
        assert ast.get_docstring(tree), "the module needs one line that says what it is"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert statements(node) < MAX_STATEMENTS, f"{node.name} is too long"


def test_there_is_no_drawer_for_everything() -> None:
    assert [shown(path) for path in source_files() if path.stem in {"utils", "helpers"}] == []
