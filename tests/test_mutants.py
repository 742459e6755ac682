"""What the mutants of a module are."""

import ast
from dataclasses import asdict

from tests.mutants import places
from tests.mutants.explained import change_of, explained

TEXT = '''
if TYPE_CHECKING:
    N = 1
"""A docstring."""
def least(a: int, b: int = 2) -> int | None:
    """Another."""
    log(f"{a + 1}")
    if a:
        return None
    if a < b and not b:
        raise ValueError("a text")
    self.kept = [x for x in a if x]
    return -a
'''


def test_a_mutant_has_one_place_changed() -> None:
    found = {
        (ast.unparse(node), ast.unparse(change))
        for node, changes, _ in places.places(ast.parse(TEXT))
        for change in changes
    }
    assert found == {
        ("2", "3"),  # no types, no texts, nothing within f-strings
        ("log(f'{a + 1}')", "pass"),
        ("a", "not a"),
        ("a < b and (not b)", "a < b or not b"),
        ("a < b", "a <= b"),
        ("not b", "b"),
        ("raise ValueError('a text')", "pass"),
        ("self.kept = [x for x in a if x]", "pass"),
        ("x", "not x"),
        ("return -a", "return None"),
        ("-a", "a"),
    }


def test_each_is_a_module_that_can_be_read() -> None:
    path = "sktune/policies/stopping.py"
    text = (places.SOURCE / path).read_bytes()
    seen = set()
    for mutant in places.mutants(path):
        begin, end = mutant.span
        changed = text[:begin] + mutant.new.encode() + text[end:]
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text))
        assert mutant.old == text[begin:end].decode()
        seen.add(changed)
    assert len(seen) == len(places.mutants(path)) > 30


def test_whatever_is_explained_is_a_mutant_of_what_is_there() -> None:
    paths = {path for path, *_ in explained()}
    there = {change_of(asdict(mutant)) for path in paths for mutant in places.mutants(path)}
    assert explained().keys() <= there
    assert all(explained().values())
