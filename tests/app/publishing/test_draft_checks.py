"""What a draft would do is said before it is published, and nothing changes by asking."""

import json

from memory.keys import Scope
from tests.app.publishing.conftest import EDITOR, Publishing
from tests.harness import POLICY, pay

OPEN = "policy bank version 1;\nrule a: allow pay;\n"
TESTED = (
    OPEN
    + """
test "paying goes through" { call pay(); expect allow; }
test "erasing does" { call erase(); expect allow; }
"""
)


def test_lint_and_tests_of_a_draft(desk: Publishing) -> None:
    """Each finding has its place, each failed test its words; a draft may be broken."""
    desk.draft("broken", bank="policy bank version 1;\nrule a: allow")
    said = desk.send("POST", "/drafts/broken/lint", {}).json()
    assert said["publishable"] is False
    assert (said["findings"][0]["file"], said["findings"][0]["line"]) == ("bank.bar", 2)
    assert desk.send("POST", "/drafts/broken/test", {}).json()["code"] == "unfit"

    desk.draft("tested", bank=TESTED)
    told = desk.send("POST", "/drafts/tested/test", {}).json()
    assert told["passed"] is False
    assert [one["passed"] for one in told["tests"]] == [True, False]
    assert "bank.bar:5" in told["tests"][1]["failures"][0]
    assert desk.send("POST", "/drafts/tested/lint", {}).json()["publishable"] is True


def test_lint_says_that_a_policy_only_observes(desk: Publishing) -> None:
    """`bindings.toml` is looked at too."""
    day = desk.gateway.gateway.now().replace(year=desk.gateway.gateway.now().year + 1, day=1).date()
    tag = desk.draft("seen", bank=OPEN)
    bound = {"text": f'[[bind]]\npolicy = "bank"\nobserve_until = {day}\n'}
    desk.send("PUT", "/drafts/seen/files/bindings.toml", bound, tag)
    said = desk.send("POST", "/drafts/seen/lint", {}).json()["findings"]

    assert [(one["file"], one["code"]) for one in said if one["code"] == "observed"] == [
        ("bindings.toml", "observed")
    ]


def test_the_difference_to_what_is_in_force(desk: Publishing) -> None:
    """Against nothing, against what is in force, against any revision."""
    desk.draft("next", bank=OPEN)
    said = desk.send("GET", "/drafts/next/diff").json()
    assert (said["against"], "+rule a: allow pay;\n" in said["diff"]) == (None, True)
    made = desk.up(POLICY)
    for path in ("", f"?against={made['digest']}"):
        said = desk.send("GET", f"/drafts/next/diff{path}").json()
        assert said["against"] == made["digest"]
        assert "-rule never: deny erase" in said["diff"]
    assert desk.send("GET", "/drafts/next/diff?against=f00ba5").status_code == 404


def test_recorded_decisions_are_judged_by_a_draft(desk: Publishing) -> None:
    """What would become allowed is said with the decisions; it needs `audit` beside."""
    desk.up(POLICY)
    for number, amount in enumerate((5, 500, 7)):
        desk.gateway.check(pay(call_id=f"c{number}", args={"amount": amount}))
    desk.draft("next", bank=OPEN)
    assert desk.send("POST", "/drafts/next/replay", {}).status_code == 403
    audits = desk.gateway.new_key([*EDITOR, Scope.AUDIT])
    told = desk.send("POST", "/drafts/next/replay", {}, key=audits).json()

    assert (told["judged"], told["same"], told["whole"]) == (3, 2, True)
    (change,) = told["changes"]
    assert (change["before"], change["after"], change["rule"]) == ("ask", "allow", "bank/a")
    few = desk.send("POST", "/drafts/next/replay", {"most": 1}, key=audits).json()
    assert few["judged"] == 1
    assert desk.current() == 1
    assert len(desk.gateway.records()) == 3


def test_a_number_is_no_request(desk: Publishing) -> None:
    """Also one that is read exactly, where nothing of the object is required."""
    desk.draft("a", bank=OPEN)
    headers = {"Content-Type": "application/json"}
    for body in (b"6.5e3", b"6.5", b"5", b"1E-9", b"[]", b"null"):
        for path in ("lint", "test", "replay"):
            answer = desk.gateway.request(
                "POST", f"/v1/drafts/a/{path}", content=body, headers=headers
            )
            assert answer.status_code == 422, (path, body)
    check = {**pay(), "supports": None}
    text = json.dumps(check).replace("null", "6.5e3")
    answer = desk.gateway.request("POST", "/v1/check", content=text.encode(), headers=headers)
    assert answer.status_code == 422
