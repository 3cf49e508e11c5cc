import re

from tests.fixtures.servers import ROOT

_NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


def test_every_test_that_the_table_of_faults_names_is_there() -> None:
    named = _NAMED.findall((ROOT / "docs" / "connector.md").read_text())
    assert len(named) >= 12
    for file, test in named:
        text = (ROOT / "tests" / "connector" / "somtoday" / file).read_text()
        assert f"def {test}(" in text
