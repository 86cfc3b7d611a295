"""Cells of the files that are opened in spreadsheets."""

import re

# What begins so is run as a formula by a spreadsheet; where the comma is the decimal sign, it also
# cuts lines at semicolons, so a formula may begin in the middle of our cell.
_FORMULA = re.compile(r"(?:^|(?<=[;\t\r\n\"]))(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r])")


def guarded(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return _FORMULA.sub("'", str(cell))
