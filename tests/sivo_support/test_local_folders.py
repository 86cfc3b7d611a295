"""Where the embedded servers live, what they are called, and which commands need them."""

import os
import stat
import threading
from pathlib import Path

import environ
import pytest
from cryptography.fernet import Fernet

from sivo_support import local_binaries, local_stack
from sivo_support.local_folders import Folders, LocalStackError, own_folder
from sivo_support.local_stack import LocalStack


def a_user_of(path: Path) -> Folders:
    """An ordinary user's folders, whoever runs the tests: nothing is made outside the checkout."""
    path.mkdir(parents=True, exist_ok=True)
    found = Folders(root=path, uid=os.geteuid())
    found.__dict__["home"] = own_folder(path / ".local", mode=0o700, uid=os.geteuid())
    return found


def test_the_database_url_survives_django_environ(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path)
    read = environ.Env.db_url_config(stack.database_url("sivo_app"))
    assert read["HOST"] == str(stack.folders.sockets)
    assert (read["USER"], read["NAME"], read["PORT"]) == ("sivo_app", "sivo", 5432)


def test_a_test_database_has_a_url_too(tmp_path: Path) -> None:
    read = environ.Env.db_url_config(LocalStack(tmp_path).database_url("sivo_app", "test_sivo_gw0"))
    assert read["NAME"] == "test_sivo_gw0"


def test_odd_characters_survive_in_the_database_url(tmp_path: Path) -> None:
    stack = LocalStack(tmp_path)
    stack.folders.__dict__["run"] = Path("/var/tmp/Año 50%+ #1?/x")
    read = environ.Env.db_url_config(stack.database_url("sivo_app"))
    assert read["HOST"] == "/var/tmp/Año 50%+ #1?/x/s"


def test_socket_paths_stay_short_however_deep_the_checkout(tmp_path: Path) -> None:
    deep = Folders(root=tmp_path.joinpath(*["a rather long folder name"] * 20), uid=4_000_000_000)
    deep.check_lengths()
    assert len(str(deep.postgres_socket)) < 70


def test_a_socket_path_that_is_too_long_is_refused_with_its_name(tmp_path: Path) -> None:
    folders = Folders(root=tmp_path, uid=os.geteuid())
    folders.__dict__["run"] = Path("/tmp") / ("x" * 100)
    with pytest.raises(LocalStackError, match="longer than 107 bytes"):
        folders.check_lengths()


def test_two_clones_and_two_users_have_their_own_folders(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    assert len({Folders(one, 1).run, Folders(other, 1).run, Folders(one, 2).run}) == 3


def test_a_checkout_reached_by_a_link_is_the_same_checkout(tmp_path: Path) -> None:
    link = tmp_path / "link"
    (tmp_path / "real").mkdir()
    link.symlink_to(tmp_path / "real")
    assert Folders(link, 1).run == Folders(tmp_path / "real", 1).run


def test_a_secret_is_made_once_even_when_many_come_at_once(tmp_path: Path) -> None:
    folders = a_user_of(tmp_path)
    start, found = threading.Barrier(8), []

    def come() -> None:
        start.wait()
        found.append(folders.secret("django"))

    threads = [threading.Thread(target=come) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(found[0]) >= 50
    assert [path.name for path in (folders.home / "secrets").iterdir()] == ["django"]


def test_a_secret_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    folders = a_user_of(tmp_path)
    folders.secret("django")
    assert stat.S_IMODE((folders.home / "secrets" / "django").stat().st_mode) == 0o600
    assert stat.S_IMODE((folders.home / "secrets").stat().st_mode) == 0o700


def test_the_fernet_secret_is_a_fernet_key_and_stays_the_same(tmp_path: Path) -> None:
    folders = a_user_of(tmp_path)
    box = Fernet(folders.secret("fernet")).encrypt(b"hello")
    assert Fernet(folders.secret("fernet")).decrypt(box) == b"hello"


def test_a_secret_that_cannot_be_kept_says_what_to_do(tmp_path: Path) -> None:
    folders = a_user_of(tmp_path)
    (folders.home / "secrets").mkdir(mode=0o700)
    (folders.home / "secrets" / "django").mkdir()
    with pytest.raises(LocalStackError, match="DJANGO_SECRET_KEY"):
        folders.secret("django")


def test_a_link_in_the_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "ours").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LocalStackError, match="remove it"):
        own_folder(tmp_path / "ours", mode=0o700, uid=os.geteuid())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another user's folder")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    os.chown(tmp_path / "theirs", 12345, -1)
    with pytest.raises(LocalStackError, match="remove it"):
        own_folder(tmp_path / "theirs", mode=0o700, uid=0)


def test_a_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    own_folder(tmp_path / "open", mode=0o700, uid=os.geteuid())
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("argv", "joins", "owns"),
    [
        ([], False, False),
        (["business_time"], False, False),
        (["deadline"], False, False),
        (["read_clocks"], False, False),
        (["classify"], False, False),
        (["help", "migrate"], False, False),
        (["--version"], False, False),
        (["check"], False, False),
        (["check", "--deploy"], True, False),
        (["check", "--database", "default"], True, False),
        (["makemigrations", "--check"], False, False),
        (["migrate", "--help"], False, True),
        (["migrate"], True, True),
        (["flush", "--no-input"], True, True),
        (["pgtrigger", "install"], True, True),
        (["test"], True, True),
        (["demo"], False, False),
        (["ingest_email", "-"], True, False),
        (["audit_clocks"], True, False),
        (["runserver"], True, False),
    ],
)
def test_a_command_joins_only_when_it_needs_the_database(
    argv: list[str], joins: bool, owns: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined: list[str] = []
    monkeypatch.setattr(local_stack, "_state", {"owner": False})
    monkeypatch.setattr(local_stack, "join", lambda: joined.append("joined"))
    monkeypatch.delenv("SIVO_ACT_AS_OWNER", raising=False)
    local_stack.prepare(argv)
    assert bool(joined) is joins
    assert local_stack.acts_as_owner() is owns


@pytest.mark.parametrize(
    "named",
    [
        {"DATABASE_URL": "postgres://db/sivo", "REDIS_URL": "redis://broker"},
        {"SIVO_PRODUCTION": "true"},
    ],
)
def test_nothing_is_started_where_the_environment_names_servers(
    named: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: LocalStack) -> None:
        raise AssertionError("started")

    monkeypatch.setattr(LocalStack, "join", refuse)
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    local_stack.join()


def test_a_program_that_its_set_up_kept_private_is_copied_and_opened(tmp_path: Path) -> None:
    """As after `umask 077; make setup`: the server user could not run it where it lies."""
    (tmp_path / "wheel").mkdir()
    private, public = tmp_path / "wheel" / "private", tmp_path / "wheel" / "public"
    for path, mode in ((private, 0o700), (public, 0o755)):
        path.write_text("#!/bin/sh\n")
        path.chmod(mode)
    local_binaries._copy_tree(tmp_path / "wheel", tmp_path / "copy")
    local_binaries._let_others_read(tmp_path / "copy")
    assert stat.S_IMODE((tmp_path / "copy" / "private").stat().st_mode) == 0o755
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert (tmp_path / "copy" / "public").samefile(public)
