"""Where mails lie: single files, mboxes, Maildirs, folders; and how each is named."""

import mailbox
from pathlib import Path

import pytest

from tickets.inbound.email import mails_in

ONE = b"From: a@x.org\nSubject: one\n\nbody one\n"
TWO = b"From: b@x.org\nSubject: two\n\nbody two\n"
LINE = b"From a@x.org Mon Nov 23 09:00:00 2026\n"


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_file_is_one_mail(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eml", ONE)
    assert list(mails_in(path)) == [(str(path), ONE)]


def test_an_eml_with_an_envelope_line_is_one_mail(tmp_path: Path) -> None:
    path = write(tmp_path / "a.eml", LINE + ONE)
    assert list(mails_in(path)) == [(str(path), LINE + ONE)]


@pytest.mark.parametrize("name", ["inbox", "inbox.mbox", "inbox.txt"])
def test_an_mbox_is_told_by_its_first_line(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, LINE + ONE + b"\n" + LINE + TWO + b"\n")
    assert list(mails_in(path)) == [(f"{path}#1", ONE), (f"{path}#2", TWO)]


def test_an_mbox_without_blank_lines_between_is_cut_too(tmp_path: Path) -> None:
    path = write(tmp_path / "inbox", LINE + ONE + LINE + TWO)
    assert [raw for _, raw in mails_in(path)] == [ONE, TWO]


def test_prose_that_begins_with_from_does_not_cut_a_mail(tmp_path: Path) -> None:
    body = ONE + b"\nFrom Monday on nothing works.\n\n>From now on\n>>From x\n"
    path = write(tmp_path / "inbox.mbox", LINE + body + b"\n" + LINE + TWO)
    plain = body.replace(b">From", b"From").replace(b">From x", b">From x")
    assert [raw for _, raw in mails_in(path)] == [plain, TWO]


def test_an_mbox_of_the_standard_library_is_read(tmp_path: Path) -> None:
    path = tmp_path / "box.mbox"
    box = mailbox.mbox(str(path))
    box.add(ONE)
    box.add(TWO + b"\nFrom here\n")
    box.close()
    assert [raw for _, raw in mails_in(path)] == [ONE, TWO + b"\nFrom here\n"]


def test_crlf_mboxes_are_read(tmp_path: Path) -> None:
    content = (LINE + ONE + b"\n" + LINE + TWO).replace(b"\n", b"\r\n")
    path = write(tmp_path / "inbox", content)
    assert [raw for _, raw in mails_in(path)] == [
        ONE.replace(b"\n", b"\r\n"),
        TWO.replace(b"\n", b"\r\n"),
    ]


def test_a_maildir_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    box = tmp_path / "Maildir"
    write(box / "new" / "1002.M2", TWO)
    write(box / "cur" / "1001.M1:2,S", ONE)
    write(box / "tmp" / "1000.M0", b"half written")
    assert list(mails_in(box)) == [(f"{box}:1001.M1:2,S", ONE), (f"{box}:1002.M2", TWO)]


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    write(tmp_path / "b.eml", TWO)
    write(tmp_path / "a.eml", ONE)
    write(tmp_path / ".hidden", b"x")
    write(tmp_path / "box" / "cur" / "1", ONE)
    labels = [label for label, _ in mails_in(tmp_path)]
    assert labels == [f"{tmp_path}/a.eml", f"{tmp_path}/b.eml", f"{tmp_path}/box:1"]


def test_an_empty_file_is_one_empty_mail(tmp_path: Path) -> None:
    path = write(tmp_path / "empty", b"")
    assert list(mails_in(path)) == [(str(path), b"")]


def test_a_missing_path_is_an_error_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(mails_in(tmp_path / "nowhere"))
