"""A document of terms with a mistake is refused, with the path of the key and the remedy."""

import pytest

from sla.domain.terms.document import TERMS_FOLDER, load_terms_document
from sla.domain.terms.reader import TermsError

FIRST = (TERMS_FOLDER / "2026-11.toml").read_bytes()


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("notice_days = 60", "notice_dayz = 60", r"changes\.notice_days is missing"),
        ("notice_days = 60", "notice_days = 60\nnew = 1", r"changes\.new is not known here"),
        ("notice_days = 60", "notice_days = 0", r"changes\.notice_days must be .*at least 1"),
        ("notice_days = 60", "notice_days = true", r"changes\.notice_days must be a whole number"),
        (
            "allowance_seconds = 1_800",
            "allowance_seconds = 0",
            r"plans\.enterprise\.first_response\.S1\.allowance_seconds must be",
        ),
        (
            'S4 = { clause = "", allowance',
            'S5 = { clause = "", allowance',
            r"plans\.enterprise\.first_response\.S4 is missing",
        ),
        (
            'S4 = { clause = "", allowance',
            "S4 = { allowance",
            r"plans\.enterprise\.first_response\.S4\.clause is missing",
        ),
        ("[plans.pro]", "[plans.gold]", r"plans\.gold is not known here"),
        (
            'calendar = "always"',
            'calendar = "never"',
            r"plans\.enterprise\.calendar must be one of always, es-office",
        ),
        ("rank = 2", "rank = 1", "plans gives one rank twice"),
        ('"chat", "status"]', '"fax"]', r"plans\.pro\.channels must be a list of some of email"),
        ('"chat", "status"]', '"chat", "chat"]', r"plans\.pro\.channels names something twice"),
        ("[severities.S4]", "[severities.S5]", r"severities\.S4 is missing"),
        ("[exclusions.misuse]", '[exclusions."mis use"]', "is not a code"),
        ("period_minutes = 5", "period_minutes = 7", "divides a day"),
        ('percent = "99.95"', "percent = 99.95", "written as a text"),
        ('percent = "99.95"', 'percent = "101"', "a number from 0 to 100"),
        ('percent = "99.95"', 'percent = "nan"', "a number from 0 to 100"),
        (
            'at_least_percent = "98.0", credit_percent = "20"',
            'at_least_percent = "99.5", credit_percent = "20"',
            r"credits\.plans\.pro must list at_least_percent falling",
        ),
        (
            "starter = []",
            'starter = [{ at_least_percent = "0", credit_percent = "5" }]',
            r"plans\.starter\.uptime commits to nothing",
        ),
        ('denominator = "measured"', 'denominator = "guessed"', "one of measured, calendar"),
        ('month_timezone = "UTC"', 'month_timezone = "Mars"', r"month_timezone: 'Mars' is not"),
        ("closes = 05:00:00", "closes = 01:00:00", r"maintenance\.closes must be later than 02:00"),
        ('address = "billing@sivocenter.com"', 'address = "billing"', "an e-mail address"),
        ("announced_on = 2026-11-01", "announced_on = 2026-11-01T00:00:00Z", "without a time"),
        ("T00:00:00+01:00", "T00:00:00", r"effective_from must be an instant with its offset"),
        ('[["09:00", "18:00"]]', '[["09:00", "25:00"]]', r"calendars\.es-office: "),
        ('12-25 = "christmas" }\n2009', '12-25 = "xmas" }\n2009', r"days\.2008\.12-25 must be one"),
        ('12-25 = "christmas" }\n2009', '12-32 = "christmas" }\n2009', "is not a day of 2008"),
        ("first_year = 2008", "first_year = 2007", r"days\.2007 is missing"),
        ("last_year = 2100", "last_year = 2099", r"days\.2100 is outside 2008 to 2099"),
        ("last_year = 2100", "last_year = 2000", r"last_year must be 2008 or later"),
        ('version = "2026-11"', 'version = " "', "version is empty"),
        ('version = "2026-11"', "version = 1", "version must be a text, not 1"),
        ('version = "2026-11"', "version = ", "not TOML in UTF-8"),
    ],
)
def test_a_mistake_is_named_by_its_path(before, after, complaint):
    text = FIRST.decode()
    assert before in text
    with pytest.raises(TermsError, match=complaint):
        load_terms_document(text.replace(before, after, 1).encode())


def test_bytes_that_are_not_utf_8_are_refused():
    with pytest.raises(TermsError, match="not TOML in UTF-8"):
        load_terms_document(b"\xff\xfe")
