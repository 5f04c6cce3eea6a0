"""Random calls, valid and invalid, drawn from the OpenAPI document: none is the server's fault.

`tests/reliability/api_calls.py` makes ten thousand.
"""

import pytest
from django.conf import settings

from cluster_feed.ledger import audit
from cluster_feed.workspace import Workspace
from tests.reliability.api_calls import call, furnish


def test_no_call_is_the_server_s_fault(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["localhost"])
    answers = call(150, 3, furnish(workspace))
    assert answers.total() >= 150
    assert not any(status >= 500 for status in answers)
    assert {200, 403, 422} <= answers.keys()
    assert audit.verify() > 10
