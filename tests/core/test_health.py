import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.errors import OperatorError, ReportForged, ReportUnreadable
from cluster_feed.core.health import Fault, Inventory, Showing, SignedHealth
from tests.device import BEGAN, Device

DEVICE = Device()
FULL = DEVICE.health(
    edition=7,
    version="1.2.3",
    clock=BEGAN + timedelta(seconds=3),
    inventory=Inventory(playlist="c" * 64, wanted=3, holds=2, lacks=("d" * 64,)),
    showing=Showing(asset="a" * 64, since=BEGAN),
    faults=(Fault(at=BEGAN, code="BlobRefused", facts={"name": "Lao Bảo.mp4"}),),
)[1]


def test_what_a_device_signed_is_read_back() -> None:
    signed = SignedHealth.from_bytes(FULL)
    assert (signed.device, signed.says.edition) == (DEVICE.public, 7)
    assert signed.to_bytes() == FULL
    assert signed.name == DEVICE.health()[0]


def test_spaces_and_order_may_change_on_the_way_and_nothing_else() -> None:
    document = json.loads(FULL)
    loose = json.dumps(dict(reversed(document.items())), indent=2).encode()
    assert SignedHealth.from_bytes(loose).says == SignedHealth.from_bytes(FULL).says


@given(st.data())
def test_a_changed_byte_is_never_another_account(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(FULL) - 1))
    content = bytearray(FULL)
    content[at] = data.draw(st.integers(0, 255))
    try:
        says = SignedHealth.from_bytes(bytes(content)).says
    except OperatorError:
        return
    assert says == SignedHealth.from_bytes(FULL).says


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{}", b"[]", b"null", b"\xff", b"[" * 90_000, b'{"a":' * 90_000, b"1" * 9_000),
        b'{"device":1,"sig":2,"says":NaN}',
        FULL.replace(b'"says"', b'"said"'),
        FULL.replace(b'"edition":7', b'"edition":7,"more":1'),
        FULL.replace(b"1.2.3", b"\\ud800"),
    ],
)
def test_what_is_no_account_is_refused_as_such(content: bytes) -> None:
    with pytest.raises(ReportUnreadable):
        SignedHealth.from_bytes(content)


def test_a_signature_of_something_else_is_none() -> None:
    with pytest.raises(ReportForged):
        SignedHealth.from_bytes(FULL.replace(DEVICE.public.encode(), Device().public.encode()))
