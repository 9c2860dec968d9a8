"""Drafts: nothing that somebody wrote is lost, and nothing lands beside the folder."""

from typing import Any

import pytest

from dsl import strictjson
from memory.keys import Scope
from tests.app.publishing.conftest import EDITOR, Publishing
from tests.harness import POLICY

Sent = tuple[str, str, dict[str, Any] | None]
SCOPES = "'policy:publish policy:read policy:write'"
OPEN = "policy bank version 1;\nrule a: allow pay;\n"


def test_every_change_names_the_state_that_it_changes(desk: Publishing) -> None:
    """Without `If-Match` 428, with that of an older state 412: no update is lost in silence."""
    old = desk.draft("a", bank=OPEN)
    text, files = {"text": POLICY}, {"files": [{"name": "b.bar", "text": OPEN}]}
    new = desk.send("PUT", "/drafts/a/files/bank.bar", text, old).headers["etag"]
    changes = (
        ("PUT", "/drafts/a", files),
        ("PUT", "/drafts/a/files/bank.bar", text),
        ("DELETE", "/drafts/a/files/bank.bar", None),
        ("DELETE", "/drafts/a", None),
        ("POST", "/drafts/a/publish", {"expected": 0}),
    )
    for method, path, body in changes:
        assert desk.send(method, path, body).status_code == 428
        for tag in (old, "*", "W/" + new, "x", '""', f"{old}, {new}", '"dr_0.999999999999"'):
            assert desk.send(method, path, body, tag).status_code == 412, tag
    read = desk.send("GET", "/drafts/a")
    assert (read.headers["etag"], read.json()["version"]) == (new, 2)
    assert read.json()["files"] == [{"name": "bank.bar", "text": POLICY}]
    for method, path, body in changes[:4]:
        answer = desk.send(method, path, body, new)
        assert answer.is_success, answer.text
        new = answer.headers.get("etag", new)
        if path == "/drafts/a":
            continue
        new = desk.send("PUT", "/drafts/a/files/bank.bar", text, new).headers["etag"]
    assert desk.send("GET", "/drafts/a").status_code == 404


def test_a_draft_made_anew_is_another_one(desk: Publishing) -> None:
    """The state of a draft that was deleted is none of the one that has its name now."""
    old = desk.draft("a", bank=OPEN)
    assert desk.send("DELETE", "/drafts/a", tag=old).status_code == 204
    desk.draft("a", bank=OPEN)

    assert desk.send("DELETE", "/drafts/a", tag=old).status_code == 412


def test_every_change_of_a_draft_is_an_act(desk: Publishing) -> None:
    """Who changed what stands in the chain with the digest of all files, and never their text."""
    key = desk.gateway.new_key([*EDITOR, Scope.AUDIT], name="auditing", subject="eve")
    old = desk.draft("a", key=key, bank=OPEN)
    new = desk.send("PUT", "/drafts/a/files/b.bar", {"text": POLICY}, old, key).headers["etag"]
    again = desk.send("DELETE", "/drafts/a/files/b.bar", tag=new, key=key).headers["etag"]
    files = {"files": [{"name": "bank.bar", "text": POLICY}]}
    last = desk.send("PUT", "/drafts/a", files, again, key).headers["etag"]
    assert desk.send("PUT", "/drafts/a", files, old, key).status_code == 412
    assert desk.send("DELETE", "/drafts/a", tag=last, key=key).status_code == 204
    acts = desk.send("GET", "/acts?subject=eve", key=key).json()["acts"]
    found = [one for one in reversed(acts) if one["what"].startswith("draft.")]
    begun, put, removed, replaced, deleted = (one["details"] for one in found)

    assert [one["what"] for one in found] == [
        *("draft.created", "draft.changed", "draft.changed", "draft.changed", "draft.deleted")
    ]
    assert {(one["about"], one["who"][:2], one["by"]) for one in found} == {("a", "k_", "api_key")}
    assert (put["put"], removed["removed"]) == ("b.bar", "b.bar")
    assert [one["files"] for one in (begun, put, removed, replaced, deleted)] == [1, 2, 1, 1, 1]
    assert begun["digest"] == removed["digest"] != put["digest"]
    assert begun["digest"] != replaced["digest"] == deleted["digest"]
    assert f'"{replaced["state"]}"' == last
    assert "allow pay" not in str(found)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_change_that_cannot_be_recorded_is_not_made(desk: Publishing, method: str) -> None:
    """The draft stays as it was where the chain of acts refuses."""
    tag = desk.draft("a", bank=OPEN)
    desk.store("ALTER TABLE records RENAME TO elsewhere")
    files = [{"name": "bank.bar", "text": POLICY}]
    path, body = ("/drafts", {"name": "b"}) if method == "POST" else ("/drafts/a", {"files": files})
    sent = None if method == "DELETE" else body
    refused = desk.send(method, path, sent, None if method == "POST" else tag)
    desk.store("ALTER TABLE elsewhere RENAME TO records")

    assert refused.status_code == 503
    listed = desk.send("GET", "/drafts").json()["drafts"]
    assert [(one["name"], one["version"]) for one in listed] == [("a", 1)]


@pytest.mark.parametrize(
    "name",
    [
        *("../x.bar", "a/../x.bar", "/etc/x.bar", "a//x.bar", "./x.bar", ".x.bar", "a/.b/x.bar"),
        *("x.bar\x00", "x\x00.bar", "x\n.bar", "x.bar ", "b\u0430nk.bar", "\ufb01le.bar", "x.bAr"),
        *("c:x.bar", "a\\x.bar", "x.txt", "x", "", "bindings.TOML", "a/bindings.toml"),
        "\u202ex.bar",
        *("x" * 200 + ".bar", "/".join("abcdefghijk") + ".bar", "~x.bar", "-", "x.bar/"),
    ],
)  # fmt: skip
def test_a_name_that_may_lead_elsewhere_is_refused(desk: Publishing, name: str) -> None:
    """Steps out, hidden files, other letters that look alike: neither kept nor laid out."""
    answer = desk.send("POST", "/drafts", {"name": "a", "files": [{"name": name, "text": "x"}]})

    assert answer.status_code == 422, answer.text
    assert desk.send("GET", "/drafts").json()["drafts"] == []


def test_names_that_are_one_on_some_machines_clash(desk: Publishing) -> None:
    """Two files that would lie in one place, or one within another, are refused; also by PUT."""
    for names in (["a.bar", "A.bar"], ["a.bar", "a.bar/b.bar"], ["a.bar", "a.bar"]):
        held = [{"name": one, "text": "x"} for one in names]
        assert desk.send("POST", "/drafts", {"name": "a", "files": held}).status_code == 422
    tag = desk.draft("a", a=OPEN)
    answer = desk.send("PUT", "/drafts/a/files/A.bar", {"text": "x"}, tag)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_draft")
    assert desk.send("PUT", "/drafts/a/files/a.bar", {"text": "x"}, tag).status_code == 200


def test_a_draft_is_bounded(desk: Publishing) -> None:
    """Too long a text, too many files, too much of all, a NUL, a body of 64 MiB: refused."""
    long = "#" * strictjson.MAX_STRING
    files = [{"name": f"{n}.bar", "text": long} for n in range(40)]
    assert desk.send("POST", "/drafts", {"name": "a", "files": files}).status_code == 422
    assert desk.send("POST", "/drafts", {"name": "a", "files": files[:31]}).status_code == 201
    tag = desk.send("GET", "/drafts/a").headers["etag"]
    more = [{"name": f"{n}.bar", "text": ""} for n in range(501)]
    assert desk.send("PUT", "/drafts/a", {"files": more}, tag).status_code == 422
    for text, status in ((long + "#", 422), ("\x00", 422), (long, 200), (long, 422)):
        answer = desk.send(
            "PUT", f"/drafts/a/files/more{len(text)}{status}.bar", {"text": text}, tag
        )
        assert answer.status_code == status
        tag = answer.headers.get("etag", tag)
    headers = {"Content-Type": "application/json", "If-Match": tag}
    huge = b'{"text": "' + b"#" * (64 << 20) + b'"}'
    answer = desk.gateway.request(
        "PUT", "/v1/drafts/a/files/x.bar", desk.key, content=huge, headers=headers
    )
    assert answer.status_code == 413


def test_drafts_are_paged_and_not_without_number(
    desk: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their names; the one too many is refused."""
    monkeypatch.setattr("memory.publishing.drafts.MOST_DRAFTS", 3)
    for name in "cab":
        desk.draft(name)
    assert desk.send("POST", "/drafts", {"name": "d"}).status_code == 422
    assert desk.send("POST", "/drafts", {"name": "a"}).json()["code"] == "exists"
    first = desk.send("GET", "/drafts?limit=2").json()
    rest = desk.send("GET", f"/drafts?cursor={first['next']}").json()

    assert [one["name"] for one in first["drafts"] + rest["drafts"]] == ["a", "b", "c"]
    assert rest["next"] is None


def test_a_draft_begins_from_what_is_published_or_was(desk: Publishing) -> None:
    """With all its files word by word; nothing published is nothing to begin from."""
    body = {"name": "next", "revision": "published"}
    assert desk.send("POST", "/drafts", body).status_code == 404
    first = desk.up(POLICY)
    desk.up(OPEN)
    for name, revision, text in (("n", "published", OPEN), ("o", first["digest"], POLICY)):
        made = desk.send("POST", "/drafts", {"name": name, "revision": revision})
        assert made.status_code == 201
        read = desk.send("GET", f"/drafts/{name}/files/bank.bar")
        assert read.json() == {"name": "bank.bar", "text": text}
    assert made.json()["based_on"] == first["digest"]
    assert desk.send("GET", "/drafts/o/files/x.bar").status_code == 404


def test_drafts_are_for_the_operator_with_the_scope(desk: Publishing) -> None:
    """Reading needs one scope, writing another; a key of another tenant that has them has none."""
    tag = desk.draft("a", bank=OPEN)
    write = desk.gateway.new_key([Scope.POLICY_WRITE])
    read = desk.gateway.new_key([Scope.POLICY_READ])
    foreign = desk.gateway.new_key([Scope.CHECK], tenant="acme", name="foreign")
    desk.store(f"UPDATE api_keys SET scopes = {SCOPES} WHERE name = 'foreign'")  # noqa: S608 - a constant
    reads: list[Sent] = [("GET", "/drafts", None), ("GET", "/drafts/a", None)]
    reads += [("GET", "/drafts/a/files/bank.bar", None), ("GET", "/drafts/a/diff", None)]
    reads += [("GET", "/publications", None), ("GET", "/publications/proposals", None)]
    checks: list[Sent] = [("POST", "/drafts/a/lint", {}), ("POST", "/drafts/a/test", {})]
    text = {"text": POLICY}
    writes: list[Sent] = [("POST", "/drafts", {"name": "b"})]
    writes += [("PUT", "/drafts/a/files/bank.bar", text), ("PUT", "/drafts/a", {"files": []})]
    writes += [("DELETE", "/drafts/a", None)]
    for method, path, body in (*reads, *checks):
        assert desk.send(method, path, body, tag, write).status_code == 403
    for method, path, body in writes:
        assert desk.send(method, path, body, tag, read).status_code == 403
    for method, path, body in (*reads, *checks, *writes):
        assert desk.send(method, path, body, tag, foreign).status_code == 403
        assert desk.send(method, path, body, tag, "drw_wrong").status_code in {401, 429}
    for method, path, body in (*reads, *checks):
        assert desk.send(method, path, body, tag, read).status_code == 200


def test_a_name_that_somebody_wrote_into_the_store_leads_nowhere(desk: Publishing) -> None:
    """A row changed by hand is not laid out beside the folder, but refused."""
    tag = desk.draft("a", bank=OPEN)
    desk.store("UPDATE draft_files SET name = '../../escaped.bar'")

    assert desk.publish("a", tag).status_code == 422
    assert desk.send("POST", "/drafts/a/lint", {}).status_code == 422
