"""`sql_kind`: what one statement does, or unknown."""

import logging
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsl.functions import sql_kind
from dsl.model import Cause
from tests.dsl import drawing

READABLE = {
    "select": (
        *("SELECT 1", "select a from t;", "select 1; -- done", "/* a */ select 1", "(select 1)"),
        *("select 1 union select 2", "select 'a;b'", "select 'it''s'", 'select "a;b" from t'),
        *("select `a` from `b`", "select [a b] from [c].[d]", "select a[1] from t", "TABLE t"),
        *("with a as (select 1) select * from a", "select a from t for update", "select 'drop'"),
        *("select open, kill from t where kill > open", "select replace(a, 'x', 'y') from t"),
        *("select top 5 a from t with (nolock)", "select a->>'b' from t", "select 'ü', N'x'"),
        *("select a from t where b = $1 and c = :c and d = ?", "select pay()", "select 1\r\n"),
    ),
    "insert": (
        *("insert into t values (1)", "insert into t select * from u"),
        *("with a as (select 1) insert into t select * from a",),
        *("insert into t values (1) on conflict do nothing",),
    ),
    "update": ("update t set a = 1", "update t set a = 1 where b in (select 1)"),
    "delete": ("delete from t", "with a as (delete from t returning *) select * from a"),
    "merge": (
        *("merge into t using u on t.a = u.a when matched then delete",),
        *("insert into t values (1) on conflict (a) do update set a = 1",),
        *("insert into t values (1) on duplicate key update a = 1",),
        *("insert or replace into t values (1)",),
    ),
    "create": ("create table t (a int)", "create view v as select 1", "create index i on t (a)"),
    "alter": ("alter table t add column a int", "alter table t drop column a"),
    "drop": ("drop table t", "drop table if exists t"),
    "truncate": ("truncate table t",),
    "grant": ("grant select on t to u", "revoke select on t from u"),
    "transaction": ("begin", "BEGIN;", "start transaction", "commit", "rollback to a"),
    "other": ("call p()", "set a = 1", "explain select 1", "show tables", "copy t from 'x'"),
}

UNREADABLE = (
    # No statement, or several.
    *("", " ", "-- a", ";", "a", "1 + 1", "pay()", "selec 1", "select 1; drop table t", "from t"),
    *("select 1 delete from t", "select 1 fetch from c", "select a delete, b from t"),
    *("select 1 fetch c", "update t set a=1 set b=2", "create table t (a int) select 1"),
    *(
        "exec p backup database x",
        "call p() open c",
        "print 'a' set rowcount 1",
        "begin save tran a",
    ),
    *("select 1;;", "begin; delete from t; commit", "select 1 drop table t", "select 1 select 2"),
    # T-SQL needs no semicolon.
    *("select * from t shutdown", "select 1 exec", "select 1 from t exec(a)", "select 1 commit"),
    *("update t set a=1 delete from u", "create table t (a int) drop table u", "commit shutdown"),
    *("begin drop table t end", "exec p drop table t", "if 1=1 drop table t", "use a drop table t"),
    # Writes where none is expected.
    *("select a into b from t", "select 1 into @x", "select 1 into outfile 'x'"),
    *("explain analyze delete from t", "explain analyze insert into t values (1)"),
    *("with a as (delete from t returning *) insert into u select * from a",),
    *("with a as (delete from t), b as (update t set a=1) select 1", "prepare p as delete from t"),
    *("replace into t values (1)", "alter table t enable row level security"),
    # What databases cut apart differently.
    *(
        "/*! drop table t */ select 1",
        "select /*!50000 1 */",
        "select /*M! 1 */",
        "select /* /* */",
    ),
    *(
        "select /* 1",
        "select 1 # a",
        "select 1 --a",
        "select 1--1",
        r"select 'a\'",
        r"select '\' '",
    ),
    *(
        "select $$a$$",
        "select $a$ ; $a$",
        "select q'[a]'",
        "select {fn now()}",
        "{{ a }}",
        r"\! ls",
    ),
    *("select ü", "insert into ü values (1)", "\u017felect 1", "select\u00a01", "select 'a", '"'),
    *("select 1 -- a\r drop", "select 1\x00", "select '\x00'", "select '\ud800'", "select `a'b`"),
    *("select [a'b]", "select ['a]']", "select 1\x0b", "(select 1", "select 1)", "select a`b`"),
    # What would take long.
    *("select " + "(" * 9 + "1" + ")" * 9, "select binary(binary(binary(1)))"),
)


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in READABLE.items() for text in texts]
)
def test_one_statement_has_a_kind(kind: str, text: str) -> None:
    """What all dialects that read a statement agree on is its kind."""
    assert sql_kind.apply(text) == kind
    assert sql_kind.apply(f"  {text.upper().rstrip(';')} ".replace("; -- DONE", "")) == kind


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_may_be_read_differently_is_unknown(text: str) -> None:
    """Several statements, hidden writes and texts that databases cut differently have no kind."""
    assert sql_kind.apply(text) is Cause.UNREADABLE


@pytest.mark.parametrize(
    "second", ["drop table t", "delete from t", "delete t", "exec p", "shutdown", "select 1"]
)
@pytest.mark.parametrize("first", ["select 1", "select * from t", "insert into t values (1)"])
def test_a_second_statement_is_always_seen(first: str, second: str) -> None:
    """A statement behind another one is seen, with a semicolon and without."""
    for between in (";", " ", "\n", "/**/", "; ", " ;"):
        assert sql_kind.apply(f"{first}{between}{second}") is Cause.UNREADABLE, between
    assert sql_kind.apply(f"{first} -- {second}") == first.split(maxsplit=1)[0]


WORDS = (
    *("select", "insert", "into", "update", "delete", "from", "t", "a", "1", "'x'", ",", "(", ")"),
    *("*", "=", ";", "values", "set", "where", "with", "as", "drop", "table", "exec", "commit"),
    *("case", "when", "then", "end", "not", "in", "union", "join", "on", "[a]", '"b"', "--", "/*"),
    *("date_add(", "hashbytes(", "datediff(", "var_map(", "convert(", "explain", "begin", "alter"),
)
statements = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


@drawing.law(400)
@given(text=st.text() | statements)
def test_any_text_has_an_answer(text: str) -> None:
    """Reading never raises: there is one of the kinds, or it is unknown."""
    assert sql_kind.apply(text) in {*READABLE, Cause.UNREADABLE}


@drawing.law(300)
@given(text=statements)
def test_a_select_says_so_itself(text: str) -> None:
    """Nothing is a select that names a target to write to."""
    if sql_kind.apply(text) == "select":
        assert not {"into", "drop", ";"}.intersection(text.removesuffix(";").split())


@pytest.mark.parametrize(
    "text",
    ["select hashbytes(1)", "select var_map(1)", "select datediff('', 1, 2)", "select date_add(a)"],
)
def test_faults_of_the_library_are_no_faults_here(text: str) -> None:
    """Where the library's own code fails on a malformed call, the text is merely not read."""
    assert sql_kind.apply(text) in {"select", Cause.UNREADABLE}


def test_limits() -> None:
    """Texts up to the limits are read, and those over them are not."""
    room = sql_kind.MAX_BYTES - len("select ''")
    assert sql_kind.apply(f"select '{'a' * room}'") == "select"
    assert sql_kind.apply(f"select '{'a' * (room + 1)}'") is Cause.TOO_MUCH
    assert sql_kind.apply(f"select '{'é' * (room // 2)}'") == "select"
    assert sql_kind.apply(f"select '{'é' * (room // 2 + 1)}'") is Cause.TOO_MUCH
    assert sql_kind.apply("select 1" + ",1" * 148) == "select"
    assert sql_kind.apply("select 1" + ",1" * 149) is Cause.UNREADABLE


@pytest.mark.parametrize(("part", "most"), [("(", 6), ("int(", 1), ("[a],", 20)])
def test_nesting_is_bounded(part: str, most: int) -> None:
    """As deep or as often as allowed is read, once more is not."""

    def written(count: int) -> str:
        return "select " + part * count + "1" + ")" * (count * part.count("("))

    assert sql_kind.apply(written(most)) == "select"
    assert sql_kind.apply(written(most + 1)) is Cause.UNREADABLE


@pytest.mark.parametrize(
    "part", ["(", "'", '"', "not ", "a[1]", "binary(", "- ", "/*", "case ", "''"]
)
def test_hostile_texts_are_bounded(part: str) -> None:
    """No text takes more than a bounded time; the bound here is wide."""
    sql_kind.apply("select 1")
    for length in (900, 20_000):
        start = time.process_time()
        sql_kind.apply("select " + part * (length // len(part)))
        assert time.process_time() - start < 2


def test_the_library_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """What the library only half reads is no matter for the log of the server."""
    with caplog.at_level(logging.DEBUG):
        sql_kind.apply("call p()")
    assert not caplog.records
