"""Each promise of SECURITY.md names tests that are there."""

import re

from tests.docs.pages import ROOT


def test_every_promise_names_a_test_that_is_there() -> None:
    table = (ROOT / "SECURITY.md").read_text().partition("| promise |")[2].partition("\n\n")[0]
    promised = [re.findall(r"`(test_\w+)`", line) for line in table.splitlines()[2:]]
    assert len(promised) > 15
    assert all(promised)
    sources = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    there = set(re.findall(r"^def (test_\w+)\(", "\n".join(sources), flags=re.M))
    assert {name for names in promised for name in names} - there == set()
