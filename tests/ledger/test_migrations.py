from datetime import UTC, datetime
from importlib import import_module

import pytest
from django.apps import apps
from django.core.management import call_command

from cluster_feed.core.edition import State
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.usefixtures("database")
def test_the_migrations_make_the_tables_that_the_models_say() -> None:
    call_command("makemigrations", "ledger", check=True, dry_run=True, verbosity=0)


@pytest.mark.usefixtures("database")
def test_who_released_a_notice_is_told_apart_from_who_prepared_it() -> None:
    notice = ledger.Notice.objects.create(
        name="bao", content={}, fingerprint="0" * 64, prepared_by="lan", prepared_at=NOW
    )
    for name, of in (("2026-11-khan-1", notice), ("2026-11", None)):
        ledger.Edition.objects.create(
            name=name,
            cycle="2026-11",
            state=State.SUBMITTED,
            fingerprint="0" * 64,
            submitted_by="lan",
            notice=of,
            created_at=NOW,
        )
    audit.record(NOW, "minh", "derive", "2026-11-khan-1")
    import_module("cluster_feed.ledger.migrations.0012_prepared_by").tell_them_apart(apps, None)
    who = ledger.Edition.objects.order_by("name").values_list("submitted_by", "prepared_by")
    assert list(who) == [("lan", ""), ("minh", "lan")]


@pytest.mark.usefixtures("database")
def test_what_had_nothing_to_give_when_a_later_one_was_packed_is_settled() -> None:
    for number, name in enumerate(("2026-02", "2026-03", "2026-04"), start=1):
        ledger.Edition.objects.create(
            name=name,
            cycle=name,
            state=State.PUBLISHED,
            number=number,
            fingerprint="0" * 64,
            created_at=NOW,
            published_at=NOW,
        )
    packed = ledger.Edition.objects.get(name="2026-03")
    packed.packages.create(name="QTR-TTDN-2026-03_v01.zip", sha256="0" * 64, assets=1, at=NOW)
    import_module("cluster_feed.ledger.migrations.0015_words").settle(apps, None)
    due = ledger.Edition.objects.filter(settled_at=None).values_list("name", flat=True)
    assert list(due) == ["2026-04"]
