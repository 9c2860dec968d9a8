"""`drawbar feedback import`: what people said in a table is kept once; flaws come in one list."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.calling import Api
from app.cli.feedback_file import Form, read
from app.cli.main import cli
from dsl.errors import DrawbarError
from memory.induction.log import MOST_A_DAY
from memory.keys import Scope
from tests.harness import GatewayHarness, pay

ONE, TWO = "d_01JD0000000000000000000001", "d_01JD0000000000000000000002"


class Table:
    """A gateway that decided some calls, and a file about them."""

    def __init__(self, gateway: GatewayHarness, folder: Path) -> None:
        self.gateway = gateway
        self.file = folder / "reviewed.csv"
        self.ana = gateway.new_key([Scope.FEEDBACK], name="ana", subject="ana")
        self.calls = 0

    def decided(self, number: int) -> list[str]:
        """Have calls decided that are unlike each other."""
        made = []
        for _ in range(number):
            self.calls += 1
            body = pay(call_id=f"c{self.calls}", args={"amount": 5, "note": f"n{self.calls}"})
            made.append(self.gateway.check(body).json()["decision_id"])
        return made

    def write(self, *rows: str) -> None:
        self.file.write_text("\n".join(("decision_id,label,comment", *rows, "")), "utf-8")

    def run(self, *words: str, key: str | None = None) -> Result:
        self.gateway.rest()
        told = ("feedback", "import", str(self.file), *words)
        env = {"DRAWBAR_KEY": key or self.ana, "DRAWBAR_KEY_FILE": None}
        return CliRunner().invoke(cli, told, env=env)

    def log(self) -> Any:
        return self.gateway.run(self.gateway.gateway.feedback.read("default")).reports


@pytest.fixture
def table(gateway: GatewayHarness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    def answered(api: Api, method: str, path: str, **parts: Any) -> Any:
        key = api._client.headers["authorization"].partition(" ")[2]
        return gateway.request(method, path, key, **parts)

    monkeypatch.setattr(Api, "_answer", answered)
    return Table(gateway, tmp_path)


def test_a_file_is_kept_once_however_often_it_is_imported(table: Table) -> None:
    """A dry run keeps nothing; a second run finds all there, also what was said singly before."""
    first, second, third = table.decided(3)
    table.write(f"{first},violation,no vendor", f"{second},ok,", f"{third},,")
    tried = table.run("--dry-run")
    assert (tried.exit_code, table.log()) == (0, [])
    assert "2 would be kept, 0 were there already" in tried.output
    single = {"decision_id": second, "label": "ok"}
    table.gateway.request("POST", "/v1/feedback", table.ana, json=single)

    done, again = table.run(), table.run()
    kept = {one.decision_id: one for one in table.log()}

    assert "1 kept, 1 were there already\n1 lines have no label" in done.output
    assert "0 kept, 2 were there already" in again.output
    assert (done.exit_code, again.exit_code) == (0, 0)
    assert set(kept) == {first, second}
    assert {(one.reporter, one.kind) for one in kept.values()} == {("ana", "failure")}
    bob = table.gateway.new_key([Scope.FEEDBACK], name="bob", subject="bob")
    assert "2 kept, 0 were there" in table.run(key=bob).output
    acts = table.gateway.request("GET", "/v1/acts?what=feedback.reported").json()["acts"]
    assert len(acts) == 4
    assert "vendor" not in str(acts)


def test_no_more_are_kept_than_count_on_a_day(table: Table) -> None:
    """The rest waits, unsent or unkept, and the next day's run goes on where this one ended."""
    table.write(*(f"{one},violation," for one in table.decided(MOST_A_DAY + 3)))
    tried, done = table.run("--dry-run"), table.run()

    assert (tried.exit_code, done.exit_code) == (3, 3)
    for one, word in ((tried, "would be kept"), (done, "kept")):
        assert f"{MOST_A_DAY} {word}, 0 were there already" in one.output
        assert "3 wait: no more of you count today (UTC); run it again tomorrow" in one.output
    assert len(table.log()) == MOST_A_DAY
    later = table.gateway.gateway.now().replace(year=2999)
    table.gateway.gateway.now = lambda: later
    again = table.run()
    assert (again.exit_code, len(table.log())) == (0, MOST_A_DAY + 3)
    assert f"3 kept, {MOST_A_DAY} were there already" in again.output


def test_what_the_gateway_refuses_stands_in_the_list_and_keeps_nothing_back(table: Table) -> None:
    """An unknown decision and a dry run are told by their lines; the others are kept."""
    (good,) = table.decided(1)
    tried = table.gateway.check(pay(call_id="c9", dry_run=True)).json()["decision_id"]
    table.write(f"{ONE},ok,", f"{tried},ok,", f"{good},ok,")
    done = table.run()

    assert done.exit_code == 3
    assert "line 2: there is no such decision; see `drawbar decisions`" in done.output
    assert "line 3: only a decision about a call that was to run" in done.output
    assert "1 kept, 0 were there already" in done.output
    assert [one.decision_id for one in table.log()] == [good]


def test_a_flawed_file_sends_nothing_unless_it_is_told_to(table: Table) -> None:
    """All flaws come at once, with their lines; `--skip-flawed` sends what is right."""
    (good,) = table.decided(1)
    table.write(f"{good},violation,", f"{good},ok,", f"{TWO},denied,")
    done = table.run("--format", "json")
    told = json.loads(done.stdout)

    assert (done.exit_code, table.log()) == (3, [])
    assert [(one["line"], one["remedy"]) for one in told["problems"]] == [
        (3, "keep one of the two"),
        (4, "write `violation` or `ok`"),
    ]
    assert (told["kept"], told["left"]) == (0, 1)
    assert "nothing was sent of 1 that are right" in table.run().output
    skipped = table.run("--skip-flawed")
    assert (skipped.exit_code, len(table.log())) == (3, 1)


def test_where_the_gateway_is_lost_on_the_way_a_second_run_mends_it(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was answered counts, the rest is told as unknown, and nothing is kept twice."""
    monkeypatch.setattr("app.cli.feedback_import.AT_ONCE", 2)
    table.write(*(f"{one},violation," for one in table.decided(5)))
    post: Callable[..., Any] = Api.post
    sent: list[int] = []

    def lost(api: Api, path: str, body: Any) -> Any:
        told = post(api, path, body)
        sent.append(len(sent))
        if len(sent) == 2:
            raise DrawbarError("the gateway cannot be asked: it hung up")
        return told

    monkeypatch.setattr(Api, "post", lost)
    done, again = table.run(), table.run()

    assert (done.exit_code, again.exit_code) == (1, 0)
    assert "it stopped: the gateway cannot be asked: it hung up\n3 were not sent" in done.output
    assert "1 kept, 4 were there already" in again.output
    assert len(table.log()) == 5


def test_who_asks_for_decisions_imports_none(table: Table) -> None:
    """The scope is needed; what is wrong with the key is one line."""
    table.write(f"{table.decided(1)[0]},ok,")
    done = table.run(key=table.gateway.key)

    assert done.exit_code == 1
    assert "it stopped:" in done.output
    assert "1 are not kept; run it again" in done.output
    assert "feedback" in done.output
    assert table.log() == []


@pytest.mark.parametrize(
    ("text", "form", "lines"),
    [
        ("", "csv", [None]),
        ("decision_id,labels\n", "csv", [1]),
        ("label,comment\n", "csv", [1]),
        ("decision_id,label,label\n", "csv", [1]),
        (f'decision_id;label;comment\n{ONE};ok;"two\nlines"\n{TWO};no;', "csv", [4]),
        (f"decision_id,label\n{ONE},ok,extra\n{TWO[:-1]},ok\n", "csv", [2, 3]),
        (f'decision_id,label\n{ONE},"ok\n', "csv", [2]),
        (f'{{"decision_id":"{ONE}"\n\n[]\n', "jsonl", [1, 3]),
        (f'{{"decision_id":"{ONE}","label":"ok","label":"ok"}}', "jsonl", [1]),
        (f'{{"decision_id":"{ONE}","label":"ok","by":"bob"}}', "jsonl", [1]),
        (f'{{"decision_id":"{ONE}","label":"ok","comment":7}}', "jsonl", [1]),
        (f'{{"decision_id":"{ONE}","label":"ok","comment":"\\u0001"}}', "jsonl", [1]),
        ('{"reports":[]}', "json", [None]),
        ("[", "json", [None]),
        (
            f'[\n {{"decision_id": "{ONE}", "label": "ok"}},\n\n {{"label": "ok"}}, 7]',
            "json",
            [4, 4],
        ),
    ],
)
def test_each_flaw_is_told_with_its_line(text: str, form: str, lines: list[int | None]) -> None:
    """Nothing strange is passed over, and each flaw says what to do."""
    found = read(text, Form(form))

    assert [one.line for one in found.flaws] == lines
    assert all(one.what and one.remedy for one in found.flaws)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (f'label,decision_id,comment\r\nok,{ONE},"a\r\nb"\r\nok,{ONE},c\r\n,{TWO},\r\n', "csv"),
        (f"comment\tlabel\tdecision_id\na\nb\tok\t{ONE}\n".replace("a\nb", '"a\nb"'), "csv"),
        (f'\n{{"decision_id":"{ONE}","label":"ok","comment":"a\\nb"}}\n', "jsonl"),
        (f'[{{"comment":"a\\nb","label":"ok","decision_id":"{ONE}"}}]', "json"),
    ],
)
def test_the_forms_say_the_same(text: str, form: str) -> None:
    """A table, lines and an array with the same report are the same."""
    found = read(text, Form(form))

    assert found.flaws == []
    assert [one.body for one in found.rows] == [
        {"decision_id": ONE, "label": "ok", "comment": "a\nb"}
    ]


def test_a_column_is_left_out_by_name(tmp_path: Path) -> None:
    """What is not known is refused until somebody says that it is not needed."""
    text = f"decision_id,label,tool\n{ONE},ok,pay\n"

    assert read(text, Form.CSV).flaws != []
    assert len(read(text, Form.CSV, frozenset({"tool"})).rows) == 1
    words = ("feedback", "import", str(tmp_path / "reviewed.txt"), "--key", "drw_x")
    assert CliRunner().invoke(cli, words).exit_code == 2
