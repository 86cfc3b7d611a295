"""The migrated template: another name for whatever could migrate to something else."""

import shutil
from pathlib import Path

import pytest
from django.db import connection

from sivo_support.local_stack import CHECKOUT
from tests.template_database import PACKAGES, sum_of_all_causes


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checkout")
    for name in PACKAGES:
        shutil.copytree(CHECKOUT / name, root / name)
    return root


def test_a_copy_of_the_checkout_has_the_same_template(checkout: Path) -> None:
    assert sum_of_all_causes(checkout) == sum_of_all_causes(CHECKOUT)


@pytest.mark.parametrize(
    "place",
    [
        *("sla/migrations/0002_escalations.py", "tickets/models/ticket.py"),
        *("tickets/models/append_only.py", "sivo_support/groups.py", "sivo_support/roles.py"),
        *("sivo_support/settings.py", "sla/domain/clocks/clock.py"),
    ],
)
def test_a_changed_file_has_a_template_of_its_own(checkout: Path, place: str) -> None:
    before, path = sum_of_all_causes(checkout), checkout / place
    text = path.read_text()
    path.write_text(text + "#\n")
    assert sum_of_all_causes(checkout) != before
    path.write_text(text)
    assert sum_of_all_causes(checkout) == before


def test_a_new_migration_and_another_setting_have_one_too(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {sum_of_all_causes(checkout)}
    one_more = checkout / "tickets" / "migrations" / "9999_more.py"
    one_more.write_text("")
    names.add(sum_of_all_causes(checkout))
    one_more.unlink()
    monkeypatch.setenv("DJANGO_DEBUG", "1")
    names.add(sum_of_all_causes(checkout))
    assert len(names) == 3


@pytest.mark.django_db
def test_the_copy_is_the_owners_and_knows_every_migration() -> None:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
        owners = {row[0] for row in cursor.fetchall()}
    assert connection.settings_dict["USER"] not in owners
