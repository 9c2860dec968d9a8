"""How findings are printed."""

from dsl.errors import Finding, PolicyError, Source, Span, printable, render


def test_a_finding_shows_its_line_its_place_and_its_help() -> None:
    """Name, line and column, the level and code, the words, the line, the carets, the help."""
    source = Source("p.bar", "one\n\ttwo three\r\nfour")
    finding = Finding("BAR999", "this is `two`", Span(5, 8), help="write one")

    assert render(source, finding).split("\n") == [
        "p.bar:2:2: error BAR999: this is `two`",
        " 2 | \ttwo three",
        "   | \t^^^",
        "help: write one",
    ]


def test_a_place_at_the_end_has_a_caret_too() -> None:
    """An empty place, and one beyond the line, are still pointed at."""
    assert render(Source("p", "ab"), Finding("B", "m", Span(2, 2))).endswith("   |   ^")
    assert render(Source("p", "ab\ncd"), Finding("B", "m", Span(1, 5))).endswith("   |  ^")
    assert render(Source("p", ""), Finding("B", "m", Span(0, 0))).endswith(" 1 | \n   | ^")


def test_a_very_long_line_is_shown_in_part() -> None:
    """The words around the place are shown, with the carets under it; the column stays true."""
    text = "a" * 100_000 + "WRONG" + "b" * 100_000
    head, line, carets = render(Source("p", text), Finding("B", "m", Span(100_000, 100_005))).split(
        "\n"
    )

    assert head.startswith("p:1:100001:")
    assert line[carets.index("^") : carets.rindex("^") + 1] == "WRONG"
    assert len(line) < 500


def test_text_cannot_steer_a_terminal() -> None:
    """Escape sequences, bidi marks and invisible characters are shown as what they are not."""
    assert printable("a\x1bb\u202ec\u200b") == "a\ufffdb\ufffdc\ufffd"
    assert printable("one\ntwo\r") == "one\ufffdtwo\ufffd"


def test_an_error_holds_every_finding() -> None:
    """The exception prints all that is wrong, one block each."""
    findings = (Finding("B1", "one", Span(0, 1)), Finding("B2", "two", Span(1, 2)))
    error = PolicyError(Source("p", "ab"), findings)

    assert findings == error.findings
    assert str(error).split("\n")[::3] == ["p:1:1: error B1: one", "p:1:2: error B2: two"]


def test_positions_count_from_one() -> None:
    """Lines and columns count from 1, in code points."""
    source = Source("p", "ü\n😀b")

    assert [source.position(at) for at in range(4)] == [(1, 1), (1, 2), (2, 1), (2, 2)]


def test_a_finding_moves_with_its_statement() -> None:
    """A finding that was made for a statement is told of the place where the statement stands."""
    finding = Finding("B", "m", Span(2, 5), level="warning", help="h")

    assert Finding("B", "m", Span(12, 15), level="warning", help="h") == finding.moved(10)
