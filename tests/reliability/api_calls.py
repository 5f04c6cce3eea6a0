"""Call the API at random, valid and invalid, as every part: no answer may be the server's fault.

python -m tests.reliability.api_calls [calls] [seed]

The calls are drawn from the OpenAPI document, half of them against what it says, and sent with
people's tokens to a department that has assets, editions at every stage and a notice.  What they
name is often there, tags too, so that they come further than the door; what they do stays done.
Each answer must also be of the shape that the document promises.  Ten thousand take minutes.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import schemathesis
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import cluster_feed.web  # noqa: F401  first: it names Django's settings
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.edition import State
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.ledger.connect import connect
from cluster_feed.pipeline import approve, caption, notice, withdraw
from cluster_feed.web.api.operations import API
from cluster_feed.web.house import House
from cluster_feed.web.models import Person, Token
from cluster_feed.web.roles import Role
from cluster_feed.workspace import Workspace
from tests.office import approve_by, draft, opened
from tests.pipeline.urgency import show_last_month, supply
from tests.trust import NOW

Call = Case[Any]
DOCUMENT: Final = "/api/v1/openapi.json"
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

AT_A_TIME: Final = 25
FURTHER: Final = 0.8
"""How many calls are helped past a check that few random ones would pass."""


def furnish(workspace: Workspace) -> dict[str, str]:
    """Give a department something of every sort; give a token of each part."""
    supply(workspace, "storm", "road closed", "tourism", "<script>", "\u202egnurt")
    month = Cycle.parse(show_last_month(workspace))
    for number, state in enumerate(State):
        month = month.next
        name = f"at-{state}"
        draft(workspace, name, cycle=str(month))
        if number:
            approve.submit(workspace, NOW, name, "duong")
        if state is State.APPROVED:
            approve_by(workspace, name, "an")
            approve_by(workspace, name, "binh")
    asset = ledger.Asset.objects.get(name="tourism")
    notice.prepare(workspace, NOW, "bao", "lan", [ledger.Asset.objects.get(name="storm").pk])
    withdraw.run(workspace, NOW, "at-draft", "lan", "nhầm", [asset.pk])
    ledger.Rejection.objects.create(newsroom="bao-quang-tri", name="x", code="Busy", at=NOW)
    return {role: _token(role) for role in Role}


def _token(role: Role) -> str:
    now = datetime.now(UTC)
    person, _ = Person.invite(now, role.value, role.value, role, "so-vhttdl")
    _, shown = Token.make(person, "calls", now, timedelta(days=1))
    return shown


def _known(name: str) -> list[str]:
    """What the record has that a part of a path may name."""
    rows = {
        "sha256": ledger.Asset.objects.values_list("pk", flat=True),
        "name": [*ledger.Edition.objects.values_list("name", flat=True), "bao", "lao-bao"],
        "code": ["NoSuchEdition"],
        "rejection": ["1"],
    }
    return sorted(rows[name])


def call(calls: int, number: int, tokens: Mapping[str, str]) -> Counter[int]:
    """Send so many calls; AssertionError at an answer that should not be."""
    document = schemathesis.openapi.from_wsgi(DOCUMENT, get_wsgi_application())
    operations = [each.ok() for each in document.get_all_operations() if isinstance(each, Ok)]
    assert len(operations) == len(API)
    answers: Counter[int] = Counter()
    of_each = min(AT_A_TIME, -(-calls // len(operations)))
    while answers.total() < calls:
        for operation, mode in product(operations, GenerationMode):
            cases = operation.as_strategy(generation_mode=mode)
            with suppress(Unsatisfiable):  # what takes nothing cannot be called wrongly
                _sent(cases, tokens, of_each, number, answers)
        number += 1
    return answers


def _sent(
    cases: st.SearchStrategy[Call],
    tokens: Mapping[str, str],
    count: int,
    number: int,
    answers: Counter[int],
) -> None:
    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, choose=st.randoms(use_true_random=False))
    def send(case: Call, choose: Random) -> None:
        may = case.operation.definition.raw.get("x-roles")
        role = choose.choice(may if may and choose.random() < FURTHER else sorted(tokens))
        case.headers["Authorization"] = f"Bearer {tokens[role]}"
        for name in case.path_parameters or ():
            if choose.random() < FURTHER:
                case.path_parameters[name] = choose.choice(_known(name))
        if "If-Match" in case.headers and choose.random() < FURTHER:
            asset = ledger.Asset.objects.filter(pk=case.path_parameters["sha256"]).first()
            case.headers["If-Match"] = caption.version(asset) if asset else "none"
        response = case.call(headers={"Accept-Encoding": "identity"})
        case.validate_response(response, checks=CHECKS)
        answers[response.status_code] += 1

    send()


@contextmanager
def department() -> Iterator[dict[str, str]]:
    """A furnished department of its own, which the desk serves."""
    with TemporaryDirectory() as folder:
        connect(f"sqlite:///{folder}/ledger.sqlite3")
        House.workspace = opened(Path(folder) / "hub")
        django_settings.ALLOWED_HOSTS = ["localhost"]
        yield furnish(House.workspace)


def main(calls: int = 10_000, number: int = 1) -> None:
    """Print how often each status was the answer."""
    with department() as tokens:
        answers = call(calls, number, tokens)
        rows = audit.verify()
    told = ", ".join(f"{status}: {count}" for status, count in sorted(answers.items()))
    print(f"{answers.total()} calls, none the server's fault ({told}); {rows} acts, chain whole")  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
