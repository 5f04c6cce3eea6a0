"""What every reason has: a code, its facts, and its sentence in two languages."""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from cluster_feed.core.bilingual import Bilingual, Tongue

_reasons: Final[dict[str, type["FeedError"]]] = {}


class FeedError(Exception):
    """Why something was not done."""

    says: ClassVar[Bilingual]

    def __init_subclass__(cls) -> None:
        """Remember the reason under its code, the class's name."""
        _reasons[cls.__name__] = cls

    def __init__(self, **facts: object) -> None:
        """Keep the facts of the case, as the text that fills the sentence."""
        self.facts: Final = dict(_texts(facts))
        super().__init__(self.message(Tongue.EN))

    @property
    def code(self) -> str:
        """The reason's stable name."""
        return type(self).__name__

    def message(self, tongue: Tongue) -> str:
        """Tell a person what happened and what to do."""
        own = {name.removesuffix(f"_{tongue}"): fact for name, fact in self.facts.items()}
        return self.says.to(tongue).format(**self.facts | own)

    @property
    def sentence(self) -> Bilingual:
        """What happened and what to do, in both languages."""
        return Bilingual(self.message(Tongue.VI), self.message(Tongue.EN))

    def __reduce__(self) -> tuple[object, tuple[str, dict[str, str]]]:
        """Let a refusal cross from a worker process with its facts."""
        return recall, (self.code, self.facts)


def _texts(facts: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, fact in facts.items():
        if isinstance(fact, Bilingual):
            yield from ((f"{name}_{tongue}", fact.to(tongue)) for tongue in Tongue)
        else:
            yield name, _text(fact)


def _text(fact: object) -> str:
    """Give a fact as letters that a log, a ledger and a report can hold: a name may be none."""
    return str(fact).encode("utf-8", "replace").decode()


def recall(code: str, facts: Mapping[str, object]) -> FeedError:
    """Make a refusal again from what was kept of it."""
    return _reasons[code](**facts)


def gist(code: str) -> Bilingual:
    """Give a reason's sentences where its facts were not kept; LookupError where it is none.

    A code may say how many: `PlaysLost 12`.
    """
    name, _, count = code.partition(" ")
    says, facts = _reasons[name].says, _Unknown(count=count) if count else _Unknown()
    return Bilingual(says.vi.format_map(facts), says.en.format_map(facts))


class _Unknown(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "…"


class Refusal(FeedError):
    """Why an asset was not admitted; its newsroom must act."""


class ReviewError(FeedError):
    """Why an act on an edition was refused; the department must act."""


class OperatorError(FeedError):
    """What is wrong with the installation; the operator must act."""


class ScreenError(FeedError):
    """Why a screen did not take something; it reports this and goes on with what it has."""


class CallError(FeedError):
    """What is wrong with a call of the API; whoever wrote the program must act."""
