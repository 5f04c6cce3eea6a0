from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.profile import DisplayProfile, Fit

sides = st.integers(1, 30_000)
screens = st.builds(
    lambda width, height: DisplayProfile(
        name="a", title="A", width=width * 2, height=height * 2, fps=25, bitrate_kbps=1000
    ),
    st.integers(32, 4096),
    st.integers(32, 4096),
)


@given(screens, sides, sides)
def test_a_fitted_picture_is_even_and_reaches_the_screen_on_one_side(
    screen: DisplayProfile, width: int, height: int
) -> None:
    fitted = screen.fitted((width, height))
    assert all(side % 2 == 0 and side >= 2 for side in fitted)
    assert fitted[0] <= screen.width
    assert fitted[1] <= screen.height
    assert fitted[0] == screen.width or fitted[1] == screen.height


@given(screens, st.integers(1, 20), st.integers(1, 20))
def test_a_fitted_picture_keeps_its_shape_to_within_a_hundredth_and_two_pixels(
    screen: DisplayProfile, across: int, down: int
) -> None:
    width, height = screen.fitted((across * 100, down * 100))
    scale = min(screen.width / across, screen.height / down)
    assert abs(width - across * scale) <= max(2, screen.width * 0.011)
    assert abs(height - down * scale) <= max(2, screen.height * 0.011)


@given(screens, sides, sides)
def test_what_fills_the_screen_has_exactly_its_shape(
    screen: DisplayProfile, width: int, height: int
) -> None:
    across, down = screen.filled_by((width, height))
    assert max(across, down) == 1
    assert min(across, down) > 0
    assert Fraction(width) * across / (height * down) == Fraction(screen.width, screen.height)


def test_a_thread_of_a_bar_is_not_left_at_an_edge() -> None:
    screen = DisplayProfile(
        name="a", title="A", width=1920, height=1080, fps=25, fit=Fit.BLUR, bitrate_kbps=1000
    )
    assert screen.fitted((853, 479)) == (1920, 1080)
    assert screen.fitted((1920, 1088)) == (1920, 1080)
    assert screen.fitted((1920, 1200)) == (1728, 1080)
