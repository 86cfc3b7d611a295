"""The OpenAPI document: stored, current, and honest about every address."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator

from sivo_support.api_document import STORED
from sivo_support.api_urls import urlpatterns
from tests.sla.desk_world import Desk

DOCUMENT: dict[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))


def test_the_stored_document_is_the_present_one(tmp_path: Path) -> None:
    fresh = tmp_path / "openapi.json"
    call_command(
        "spectacular",
        format="openapi-json",
        file=str(fresh),
        validate=True,
        fail_on_warn=True,
    )
    assert fresh.read_text(encoding="utf-8") == STORED.read_text(encoding="utf-8"), "make openapi"


def test_everybody_reads_the_document_as_it_is_stored(client: Client, db: None) -> None:
    response = client.get("/api/v1/schema/")
    assert response.status_code == 200
    assert response.json() == DOCUMENT
    assert DOCUMENT["openapi"].startswith("3.1")


def test_the_document_is_an_address_of_the_api_like_any_other(client: Client, db: None) -> None:
    assert client.get("/api/v1/schema/", headers={"accept": "text/html"}).status_code == 406
    refused = client.post("/api/v1/schema/", {})
    assert refused["Content-Type"] == "application/problem+json"


def test_every_address_is_described() -> None:
    described = {path.removeprefix("/api/v1/") for path in DOCUMENT["paths"]}
    routes = {
        str(each.pattern).replace("<int:", "{").replace(">", "}")
        for each in urlpatterns
        if each.name and each.name != "schema"
    }
    assert described == routes


def operations() -> list[Any]:
    return [
        pytest.param(operation, id=operation["operationId"])
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
    ]


@pytest.mark.parametrize("operation", operations())
def test_every_operation_shows_an_example_that_is_valid(operation: dict[str, Any]) -> None:
    answers = [each for code, each in operation["responses"].items() if code.startswith("2")]
    media = [answer["content"]["application/json"] for answer in answers]
    if "requestBody" in operation:
        media.append(operation["requestBody"]["content"]["application/json"])
    for each in media:
        examples = [example["value"] for example in each["examples"].values()]
        assert examples
        schema = {**each["schema"], "components": DOCUMENT["components"]}
        for example in examples:
            Draft202012Validator(schema).validate(example)


@pytest.mark.parametrize("operation", operations())
def test_every_error_is_described_as_a_problem(operation: dict[str, Any]) -> None:
    errors = {code: each for code, each in operation["responses"].items() if code[0] in "45"}
    assert {"400", "401", "403", "404", "406", "429", "503"} <= set(errors)
    for each in errors.values():
        assert list(each["content"]) == ["application/problem+json"]
    assert operation["security"] == [{"key": []}, {"session": []}]
    assert operation["summary"]
    assert "Scope:" in operation["description"]


def test_the_document_names_no_foreign_host(desk: Desk) -> None:
    assert "cdn" not in STORED.read_text(encoding="utf-8")
