"""The reference of the webhooks tells the truth: its schema, its examples, its lines of Python."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from sla.admin.hooks.hook_words import VERIFY_SAMPLE
from sla.domain.hooks.limits import TEST_TYPE, HookType

DOCS = Path(__file__).resolve().parents[2] / "sivo_support" / "docs"
PAGE = (DOCS / "webhooks.md").read_text(encoding="utf-8")
SCHEMA = json.loads((DOCS / "webhooks.schema.json").read_text(encoding="utf-8"))
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]
TYPES = {*(kind.value for kind in HookType), TEST_TYPE}


def closed(schema: Any) -> Any:
    """The same, but a property that it does not name is a mistake."""
    if isinstance(schema, dict):
        found = {key: closed(value) for key, value in schema.items()}
        return {**found, "additionalProperties": False} if "properties" in schema else found
    return [closed(each) for each in schema] if isinstance(schema, list) else schema


def mistakes(event: Any) -> list[str]:
    """What the schema says against an event, also against what it does not know."""
    # By its type: what `oneOf` says of a mistake helps nobody.
    one = {**closed(SCHEMA), "$ref": f"#/$defs/{event['type']}"}
    del one["oneOf"]
    validator = Draft202012Validator(one, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(event)]


def test_the_schema_is_one_and_knows_every_type() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert {each["$ref"].removeprefix("#/$defs/") for each in SCHEMA["oneOf"]} == TYPES


def test_each_type_has_an_example() -> None:
    assert sorted(example["type"] for example in EXAMPLES) == sorted(TYPES)
    assert set(re.findall(r"^### (.+)$", PAGE, re.MULTILINE)) == TYPES


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["type"]))
def test_the_examples_are_as_the_schema_says(example: Any) -> None:
    assert mistakes(example) == []
    Draft202012Validator(SCHEMA).validate(example)


def test_what_is_not_as_the_schema_says_is_found() -> None:
    event = copy.deepcopy(EXAMPLES[0])
    event["data"]["ticket"]["surprise"] = 1
    del event["data"]["targets"]
    assert len(mistakes(event)) == 2


def test_the_lines_of_the_page_are_those_of_the_admin() -> None:
    (found,) = re.findall(r"<!-- verify -->\n```python\n(.*?)```", PAGE, re.DOTALL)
    assert found == VERIFY_SAMPLE


def test_it_does_not_speak_of_the_machine_that_it_was_written_on() -> None:
    from tests.sivo_support.test_readme import FORBIDDEN

    assert FORBIDDEN.findall(PAGE) == []
