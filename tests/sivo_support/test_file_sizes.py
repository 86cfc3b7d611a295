"""Files and functions stay small enough to be read in one go."""

from tests.sivo_support.file_sizes import all_complaints, shown, source_files


def test_every_file_is_short_and_says_what_it_is() -> None:
    assert len(source_files()) > 500
    assert all_complaints() == []


def test_there_is_no_drawer_for_everything() -> None:
    assert [shown(path) for path in source_files() if path.stem in {"utils", "helpers"}] == []
