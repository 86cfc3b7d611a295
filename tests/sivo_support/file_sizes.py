"""What of the project is too long to be read in one go; run it as a module to see."""

import ast
import sys
from pathlib import Path

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


def complaints(path: Path) -> list[str]:
    """What is too long in a file, or unsaid."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    found = [f"{each.name} is too long" for each in functions if statements(each) >= MAX_STATEMENTS]
    if len(text.splitlines()) >= MAX_LINES:
        found.append("the file is too long")
    if tree.body and not ast.get_docstring(tree):
        found.append("the module needs one line that says what it is")
    return [f"{shown(path)}: {complaint}" for complaint in found]


def all_complaints() -> list[str]:
    """Those of every file of the project."""
    return [complaint for path in source_files() for complaint in complaints(path)]


if __name__ == "__main__":
    found = all_complaints()
    print("\n".join(found))
    sys.exit(1 if found else 0)
