import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.device import check_signature, code_of, keyid_of, mark_of, same_code
from cluster_feed.core.errors import ReportForged
from tests.device import Device


def test_a_code_is_eighty_bits_of_the_keys_name_in_four_groups() -> None:
    public = "00" * 32
    assert keyid_of(public).startswith("66687aadf862bd776c8f")
    assert mark_of(public) == "66687aadf862bd77"
    assert code_of(public) == "MZUH-VLPY-MK6X-O3EP"


@pytest.mark.parametrize(
    "typed",
    ["MZUH-VLPY-MK6X-O3EP", "mzuhvlpymk6xo3ep", " MZUH VLPY  MK6X O3EP\n", "MZUH-VLPY-MK6X-03EP"],
)
def test_a_code_may_be_typed_as_people_do(typed: str) -> None:
    assert same_code(typed, code_of("00" * 32))


@pytest.mark.parametrize(
    "typed", ["", "-", "MZUH-VLPY-MK6X", "MZUH-VLPY-MK6X-O3EQ", "MZUH-VLPY-MK6X-O3EP-A", "Ô"]
)
def test_less_or_other_than_the_whole_code_is_not_it(typed: str) -> None:
    assert not same_code(typed, code_of("00" * 32))


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_a_signature_is_of_one_message_and_one_key(said: bytes, other: bytes) -> None:
    device, stranger = Device(), Device()
    check_signature(device.public, device.sign(said), said)
    for public, message in ((stranger.public, said), (device.public, other)):
        if (public, message) != (device.public, said):
            with pytest.raises(ReportForged):
                check_signature(public, device.sign(said), message)


def test_a_key_that_is_no_point_of_the_curve_signs_nothing() -> None:
    for public in ("ff" * 32, "00" * 32, "02" + "00" * 31):
        with pytest.raises(ReportForged):
            check_signature(public, "00" * 64, b"message")
