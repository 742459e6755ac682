"""What the mutants of a module are."""

import ast

from tests import mutants

TEXT = '''
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
        for node, changes, _ in mutants.places(ast.parse(TEXT))
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
    text = (mutants.ROOT / path).read_bytes()
    seen = set()
    for mutant in mutants.mutants(path):
        begin, end = mutant.span
        changed = text[:begin] + mutant.new.encode() + text[end:]
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(text))
        assert mutant.old == text[begin:end].decode()
        seen.add(changed)
    assert len(seen) == len(mutants.mutants(path)) > 30
