"""Vietnamese text as people look for it, and in the order in which they expect it.

A letter has a quality, which makes it another letter of the alphabet (a ă â), and its syllable a
tone, which orders only what is otherwise the same (Unicode CLDR, collation for `vi`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from cluster_feed.core.value import nfc

_TONES: Final = "\u0300\u0309\u0303\u0301\u0323"
"""Huyền, hỏi, ngã, sắc, nặng: after a letter without any, in this order."""
_QUALITIES: Final = "\u0302\u0306\u031b"
_ALPHABET: Final = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_ORDER: Final = {each: at for at, each in enumerate(f" 0123456789{_ALPHABET}", 1)}
_LONGEST_SORTED: Final = 60
"""Characters after which two titles count as the same."""
_STRANGER: Final = "z"
"""Letters of other scripts come after ours."""


class _Letter(NamedTuple):
    letter: str
    tone: str


def searchable(texts: Iterable[str]) -> str:
    """Give what `sought` is looked for in: every word as it is, and without its marks."""
    words = dict.fromkeys(word for text in texts for word in _words(text))
    plain = dict.fromkeys(map(_plain, words))
    marked = dict.fromkeys(map(_marked, words))
    return " ".join([*plain, *(each for each in marked if each not in plain)])


def sought(query: str) -> list[str]:
    """Give what must all be found: a word that was written without marks is any that reads so."""
    return [_marked(word) for word in dict.fromkeys(_words(query))]


def same_words(one: str, other: str) -> bool:
    """Whether two texts are the same but for case, marks and punctuation."""
    return [*map(_plain, _words(one))] == [*map(_plain, _words(other))]


def sort_key(text: str) -> str:
    """Give a text's place in the Vietnamese order, in small ASCII letters.

    Every database compares these alike, whatever its own collation.
    """
    letters = list(_letters(" ".join(_words(text))))[:_LONGEST_SORTED]
    tones = "".join(
        chr(ord("a") + _TONES.find(tone) + 1 if tone else ord("a")) for _, tone in letters
    )
    return "".join(_weight(letter) for letter, _ in letters) + _pair(0) + tones


def _words(text: str) -> Iterator[str]:
    """Split at whatever is neither letter, digit nor the mark of a letter."""
    kept = (
        each if unicodedata.category(each)[0] in "LMN" else " "
        for each in unicodedata.normalize("NFKC", text).casefold()
    )
    yield from re.sub(r"\s+", " ", "".join(kept)).split()


def _letters(text: str) -> Iterator[_Letter]:
    letter, tone = "", ""
    for each in unicodedata.normalize("NFD", text):
        if letter and each in _TONES:
            tone = each
        elif letter and each in _QUALITIES:
            letter += each
        elif not letter or not unicodedata.combining(each):
            if letter:
                yield _Letter(nfc(letter), tone)
            letter, tone = each, ""
    if letter:
        yield _Letter(nfc(letter), tone)


def _marked(word: str) -> str:
    """Write the tone after the word, so that `hoà` is `hòa`, and `chơ` the beginning of `chợ`."""
    letters = list(_letters(word))
    return "".join(each.letter for each in letters) + "".join(each.tone for each in letters)


def _plain(word: str) -> str:
    bare = unicodedata.normalize("NFD", word).replace("đ", "d")
    return "".join(each for each in bare if not unicodedata.combining(each))


def _weight(letter: str) -> str:
    if letter in _ORDER:
        return _pair(_ORDER[letter])
    return _STRANGER + "".join(chr(ord("a") + int(digit, 16)) for digit in f"{ord(letter[0]):06x}")


def _pair(number: int) -> str:
    return chr(ord("a") + number // 26) + chr(ord("a") + number % 26)
