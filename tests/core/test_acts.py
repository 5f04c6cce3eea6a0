"""Every act of the audit log has its words."""

import ast
from collections.abc import Iterator
from pathlib import Path

from cluster_feed.core.acts import ACTS, in_words
from cluster_feed.core.cycle import TaskAct

HOUSE = Path(__file__).parents[2] / "cluster_feed"


def acts() -> Iterator[str]:
    """What the code records, where it is named there or by a constant of its module."""
    for path in HOUSE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = dict(_constants(tree))
        for call in ast.walk(tree):
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
    recorded = {*acts(), *map(str, TaskAct), "approve", "sign", "refuse-proof", "send-again"}
    assert len(recorded) > 30
    assert recorded <= ACTS.keys(), f"say in ACTS what these are: {recorded - ACTS.keys()}"
    assert all(words.vi and words.en for words in ACTS.values())


def test_an_act_that_nobody_named_is_its_own_word() -> None:
    assert in_words("sing").vi == "sing"
