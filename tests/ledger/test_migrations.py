import pytest
from django.core.management import call_command


@pytest.mark.usefixtures("database")
def test_the_migrations_make_the_tables_that_the_models_say() -> None:
    call_command("makemigrations", "ledger", check=True, dry_run=True, verbosity=0)
