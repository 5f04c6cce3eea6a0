"""Every act of the audit log has its words."""

import ast
from collections.abc import Iterator
from pathlib import Path

from cluster_feed.core.acts import ACTS, fact_in_words, in_words
from cluster_feed.core.cycle import TaskAct

HOUSE = Path(__file__).parents[2] / "cluster_feed"


ELSEWHERE = {"approve", "sign", "refuse-proof", "send-again", "stop-cluster", "start-cluster"}
"""Acts whose names the modules that record them take from others, or choose."""


def acts() -> Iterator[str]:
    """What the code records, where it is named there or by a constant of its module."""
    for path in HOUSE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = dict(_constants(tree))
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "_Change":
                yield ast.literal_eval(call.args[0])
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "audit.record":
                given = [
                    each
                    for argument in call.args
                    for each in (
                        argument.value.elts
                        if isinstance(argument, ast.Starred)
                        and isinstance(argument.value, ast.Tuple)
                        else [argument]
                    )
                ]
                match given[2]:
                    case ast.Constant(value=str(act)):
                        yield act
                    case ast.Name(id=name) if name in constants:
                        yield constants[name]


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                yield name, text
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(text))):
                yield name, text
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for name_, value in zip(names, values, strict=True):
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        yield ast.unparse(name_), value.value


def test_every_act_has_words_in_both_languages() -> None:
    recorded = {*acts(), *map(str, TaskAct), *ELSEWHERE}
    assert len(recorded) > 30
    assert recorded <= ACTS.keys(), f"say in ACTS what these are: {recorded - ACTS.keys()}"
    assert all(words.vi and words.en for words in ACTS.values())


def test_an_act_that_nobody_named_is_its_own_word() -> None:
    assert in_words("sing").vi == "sing"


def test_every_fact_has_words() -> None:
    named = {fact for path in HOUSE.rglob("*.py") for fact in _facts(ast.parse(path.read_text()))}
    assert len(named) > 20
    raw = {each for each in named if fact_in_words(each).vi == each}
    assert not raw, f"say in core.acts what these are: {raw}"


def _facts(tree: ast.Module) -> Iterator[str]:
    """The names of what is recorded beside an act, where the call itself has them."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "audit.record":
            yield from (each.arg for each in call.keywords if each.arg)
