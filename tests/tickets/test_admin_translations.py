"""Spanish is complete, and compiled: the product runs without the gettext tools."""

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings

FOLDER = Path(settings.LOCALE_PATHS[0]) / "es" / "LC_MESSAGES"
_FIELD = re.compile(
    r'^(msgid_plural|msgid|msgstr(?:\[\d\])?) ((?:"(?:[^"\\]|\\.)*"\s*)+)', re.MULTILINE
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_PLACE = re.compile(r"%\((\w+)\)[sd]")


def entries() -> list[dict[str, str]]:
    """The catalogue as it is written, without its header."""
    blocks = (FOLDER / "django.po").read_text(encoding="utf-8").strip().split("\n\n")
    found = []
    for block in blocks[1:]:
        fields = _FIELD.findall(block)
        found.append(
            {name: "".join(map(ast.literal_eval, _QUOTED.findall(text))) for name, text in fields}
        )
    return found


def test_every_text_has_its_spanish() -> None:
    assert len(entries()) > 400
    missing = [
        entry["msgid"]
        for entry in entries()
        if not all(text for name, text in entry.items() if name.startswith("msgstr"))
    ]
    assert missing == []


def test_no_translation_loses_a_value() -> None:
    for entry in entries():
        wanted = set(_PLACE.findall(entry.get("msgid_plural", entry["msgid"])))
        last = [text for name, text in entry.items() if name.startswith("msgstr")][-1]
        assert set(_PLACE.findall(last)) == wanted, entry["msgid"]


def test_the_compiled_catalogue_is_the_written_one() -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for entry in entries():
        if "msgid_plural" in entry:
            for count, name in ((1, "msgstr[0]"), (2, "msgstr[1]")):
                said = compiled.ngettext(entry["msgid"], entry["msgid_plural"], count)
                assert said == entry[name], "compile it again: django-admin compilemessages"
        else:
            said = compiled.gettext(entry["msgid"])
            assert said == entry["msgstr"], "compile it again: django-admin compilemessages"


@pytest.mark.parametrize("text", ["Desk", "Target missed", "Severity", "Log"])
def test_the_words_of_the_desk_are_translated(text: str) -> None:
    with (FOLDER / "django.mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext(text) != text
