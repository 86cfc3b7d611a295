"""Which charset a few bytes are in that name none: a headline is too short for statistics."""

import re
from collections.abc import Callable, Iterator

_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_SMALL_CYRILLIC = re.compile(r"[а-яё]")
_CYRILLIC = re.compile(r"[А-Яа-яЁё]")
_MIXED_CASE = re.compile(r"[а-яё][А-ЯЁ]")
_SMALL_GREEK = re.compile(r"[α-ωά-ώ]")
_FREQUENT = frozenset("оеаинтсрвлкмдпуя")
_MIN_LETTERS = 4
_SAMPLE = 4096


def _share(pattern: re.Pattern[str], text: str) -> float:
    letters = [each for each in text if each > "\x7f"]
    return len(pattern.findall(text)) / len(letters) if letters else 0.0


def _first_level(low: int, high: int) -> Callable[[bytes], float]:
    """How many letters stand where a national standard has its frequent ones."""

    def share(data: bytes) -> float:
        leads = list(_lead_bytes(data))
        return sum(1 for each in leads if low <= each <= high) / len(leads) if leads else 0.0

    return share


def _lead_bytes(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        if data[at] < 0x80:
            at += 1
            continue
        yield data[at]
        at += 2


_GB_FREQUENT = _first_level(0xB0, 0xD7)
_BIG5_FREQUENT = _first_level(0xA4, 0xC6)


def guess(data: bytes) -> str | None:
    """The codec of a text mostly of letters beyond ASCII, None when nothing speaks for one."""
    sample = data[:_SAMPLE]
    best = max(_scores(sample), default=(0.0, ""))
    return best[1] if best[0] >= 0.6 else None


def _scores(data: bytes) -> Iterator[tuple[float, str]]:
    for codec, score in (
        ("cp932", lambda text: 1.2 if _share(_KANA, text) > 0.25 else 0.0),
        ("euc_jp", lambda text: 1.2 if _share(_KANA, text) > 0.25 else 0.0),
        ("cp949", lambda text: _share(_HANGUL, text) * 1.1),
        ("gb18030", lambda text: min(_share(_HAN, text) + 0.2, _GB_FREQUENT(data))),
        ("cp950", lambda text: min(_share(_HAN, text) + 0.2, _BIG5_FREQUENT(data)) * 0.98),
        ("koi8_r", _cyrillic),
        ("cp1251", _cyrillic),
        ("iso8859_5", _cyrillic),
        ("cp866", _cyrillic),
        ("iso8859_7", lambda text: _share(_SMALL_GREEK, text) * 0.95),
    ):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if sum(1 for each in text if each > "\x7f") >= _MIN_LETTERS:
            yield score(text), codec


def _cyrillic(text: str) -> float:
    """Small letters, the frequent ones among them, and no capitals inside a word."""
    letters = _CYRILLIC.findall(text)
    if not letters or _share(_CYRILLIC, text) < 0.9:
        return 0.0
    small = len(_SMALL_CYRILLIC.findall(text)) / len(letters)
    frequent = sum(1 for each in letters if each.lower() in _FREQUENT) / len(letters)
    broken = len(_MIXED_CASE.findall(text)) / len(letters)
    return small * 0.5 + frequent * 0.6 - broken * 2
