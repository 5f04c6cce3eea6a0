"""A sentence in the two languages in which the product speaks to people."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

_WHOLE: Final = 10_000
"""From here on nobody asks for fractions."""


class Tongue(StrEnum):
    """A language of the product's own messages; captions have many more."""

    VI = "vi"
    EN = "en"


class Bilingual(NamedTuple):
    """The same words in Vietnamese, the first language, and in English, the second."""

    vi: str
    en: str

    def to(self, tongue: Tongue) -> str:
        """Choose one."""
        return self.vi if tongue is Tongue.VI else self.en

    def fill(self, **facts: object) -> "Bilingual":
        """Put facts into both sentences' `{named}` places; each takes its own of a Bilingual."""

        def filled(tongue: Tongue) -> str:
            own = {name: _in(tongue, fact) for name, fact in facts.items()}
            return self.to(tongue).format(**own)

        return Bilingual(filled(Tongue.VI), filled(Tongue.EN))


def _in(tongue: Tongue, fact: object) -> object:
    return fact.to(tongue) if isinstance(fact, Bilingual) else fact


def comma(number: float, places: int = 1) -> str:
    """Write a number as Vietnamese does: "-23,1"."""
    return f"{number:.{places}f}".replace(".", ",")


def decimal(number: float, places: int = 1) -> Bilingual:
    """Write a number as each language does."""
    return Bilingual(comma(number, places), f"{number:.{places}f}")


def figure(number: float, unit: str = "") -> Bilingual:
    """Write a number as short as it is, with its unit: "20,5 GiB", "29,97"."""
    said = f"{number:.5g}" if abs(number) < _WHOLE else f"{number:.0f}"
    unit = f" {unit}" if unit else ""
    return Bilingual(f"{said.replace('.', ',')}{unit}", f"{said}{unit}")


def gibibytes(byte_count: float) -> Bilingual:
    """Write a size as people are told a file's."""
    return figure(byte_count / (1 << 30), "GiB")


def alike(words: str) -> Bilingual:
    """Say what both write alike: a name, a codec, a number of pixels."""
    return Bilingual(words, words)


def joined(said: Iterable[Bilingual], between: str = ", ") -> Bilingual:
    """Say one after the other."""
    both = list(said)
    return Bilingual(between.join(each.vi for each in both), between.join(each.en for each in both))
