"""Form bodies are read byte for byte, and a broken one says what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tickets.mail_calls import FORM, multipart, urlencoded
from tickets.domain.incoming import Unreadable
from tickets.providers.forms import Field, is_form, read_form

PLAIN = "application/x-www-form-urlencoded"


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "body-mime"]), st.binary(max_size=200)), max_size=6
    )
)
def test_every_byte_of_a_field_comes_through(pairs: list[tuple[str, bytes]]) -> None:
    whole = [(name, value) for name, value in pairs if b"\r\n--xYzZY" not in b"\r\n" + value]
    read = read_form(FORM, multipart(whole))
    assert [(field.name, field.content) for field in read] == whole


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), st.binary(max_size=200)))
def test_every_byte_of_a_plain_form_comes_through(fields: dict[str, bytes]) -> None:
    read = read_form(PLAIN, urlencoded(fields))
    assert {field.name: field.content for field in read} == fields


def test_what_begins_like_the_boundary_is_content() -> None:
    content = b"x\r\n--xYzZYandmore\r\ny"
    assert read_form(FORM, multipart({"a": content}))[0].content == content


def test_files_keep_their_names_types_and_emptiness() -> None:
    body = multipart({}, [("f", "año nº 1.pdf", "application/pdf", b""), ("g", "", "x/y", b"\r\n")])
    assert read_form(FORM, body) == (
        Field(name="f", content=b"", filename="año nº 1.pdf", media_type="application/pdf"),
        Field(name="g", content=b"\r\n", filename="", media_type="x/y"),
    )


@pytest.mark.parametrize(
    ("kind", "body", "says"),
    [
        (FORM, multipart({"a": "x"})[:-10], "breaks off"),
        (FORM, b"", "breaks off"),
        (FORM, b"--xYzZY\r\nno headers--xYzZY--", "breaks off"),
        (FORM, b"--xYzZY\r\nno headers\r\n--xYzZY--", "no readable headers"),
        ("multipart/form-data", b"--x--", "no boundary"),
        ("multipart/form-data; boundary=" + "x" * 300, b"", "no boundary"),
        ("multipart/form-data; boundary*=nothing''x", b"", "cannot be read"),
        (FORM, multipart([("a", "x")] * 2_001), "more than 2000"),
        (PLAIN, b"&".join([b"a=x"] * 2_001), "more than 2000"),
    ],
)
def test_a_broken_form_says_what_is_wrong(kind: str, body: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read_form(kind, body)


def test_what_is_a_form() -> None:
    assert is_form("Multipart/Form-Data; boundary=x")
    assert is_form(PLAIN)
    assert not is_form("application/json")
    assert not is_form("")
