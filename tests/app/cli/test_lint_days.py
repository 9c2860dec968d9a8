"""`drawbar lint` knows what day it is, and reads the documents beside a policy."""

from pathlib import Path

from tests.app.cli.test_lint_formats import HEAD, lint, put


def test_a_rule_that_has_ended_is_told(tmp_path: Path) -> None:
    """A warning, which fails where warnings do."""
    put(tmp_path, "p.bar", HEAD + "rule r: deny pay valid until 2020-01-06;\n")

    code, said = lint("--strict", "p.bar", cwd=tmp_path)
    assert (code, "BAR601: `r` ended on 2020-01-06" in said) == (3, True)
    assert lint("p.bar", cwd=tmp_path)[0] == 0


def test_a_rule_that_has_not_ended_is_not(tmp_path: Path) -> None:
    """Nor one that ends long from now."""
    put(tmp_path, "p.bar", HEAD + "rule r: deny pay valid until 9999-12-31;\n")

    assert lint("--strict", "p.bar", cwd=tmp_path) == (0, "1 file: nothing to report\n")


def test_a_sentence_that_is_gone_is_told(tmp_path: Path) -> None:
    """The document lies in the policy's folder, wherever the command runs."""
    put(tmp_path, "in/p.bar", HEAD + 'rule r: deny pay source "a.md" line 2;\n')
    put(tmp_path, "in/a.md", "Never pay.\n")

    code, said = lint("--strict", "in", cwd=tmp_path)
    assert (code, "BAR607: there is no line 2 in `a.md`" in said) == (3, True)
