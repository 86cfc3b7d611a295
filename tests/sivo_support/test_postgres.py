"""Arrays are written as the library writes them, only quicker."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from psycopg.adapt import PyFormat, Transformer
from psycopg.types.array import ListDumper

from sivo_support.postgres import QuickListDumper

TEXTS = st.lists(
    st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\0")))
)
ODD = ['"', "\\", '\\"', "{}", "NULL", "", " ", "a,b", '{"a": "b\\n"}', None]


def dumped(kind: type[ListDumper], texts: list[str | None]) -> object:
    dumper = kind(list, Transformer()).upgrade(texts, PyFormat.TEXT)
    return dumper.dump(texts)


@given(TEXTS)
def test_any_array_is_the_same_as_the_librarys(texts: list[str | None]) -> None:
    assert dumped(QuickListDumper, texts) == dumped(ListDumper, texts)


@pytest.mark.django_db
def test_what_is_written_is_read_back_and_by_the_quick_way() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text[]", [ODD])
        assert cursor.fetchone() == (ODD,)
        used = connection.connection.adapters.get_dumper(list, PyFormat.TEXT)
    assert used is QuickListDumper
