"""Makes `lexicon.json` of the lexicons: `python -m tickets.domain.severity.indexing`."""

import json
from typing import Any

from tickets.domain.severity.lexicon_files import INDEX
from tickets.domain.severity.patterns import build


def _written(value: Any, depth: int = 4) -> str:
    """JSON with a line for each entry, so that a change can be read."""
    if depth == 0 or not isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[\n" + ",\n".join(_written(item, depth - 1) for item in value) + "\n]"
    rows = (f"{json.dumps(key)}: {_written(item, depth - 1)}" for key, item in value.items())
    return "{\n" + ",\n".join(rows) + "\n}"


if __name__ == "__main__":
    INDEX.write_text(_written(build()) + "\n", "utf-8")
