"""`GET /v1/revisions`: the policies that were in force, for whoever may read policies."""

from sqlalchemy import text

from memory.keys import Scope
from tests.harness import POLICY, GatewayHarness, pay


def test_policies_are_read_word_by_word(gateway: GatewayHarness) -> None:
    """A decision names a revision by its digest, and each name of it leads to the text."""
    reader = gateway.new_key([Scope.POLICY_READ])
    decision = gateway.check(pay()).json()["decision_id"]
    told = gateway.request("GET", f"/v1/decisions/{decision}").json()

    for name in (told["revision"], told["revision_digest"], told["revision_digest"][7:20]):
        found = gateway.request("GET", f"/v1/revisions/{name}", reader).json()
        assert found["files"] == [{"name": "bank.bar", "text": POLICY}]
        assert found["digest"] == told["revision_digest"]
        assert [one["name"] for one in found["in_force"]] == [told["revision"]]


def test_revisions_are_paged_and_compared(gateway: GatewayHarness) -> None:
    """The newest first; a cursor goes on where a page ended."""
    for most in (1, 2, 3):
        gateway.write("bank.bar", POLICY.replace("<= 100", f"<= {most}"))
        gateway.reload()
    seen: list[str] = []
    query = "?limit=3"
    while query:
        page = gateway.request("GET", f"/v1/revisions{query}").json()
        seen += [one["digest"] for one in page["revisions"]]
        query = f"?limit=3&cursor={page['next']}" if page["next"] else ""

    assert len(set(seen)) == len(seen) == 4
    assert seen[0] == gateway.gateway.live.current.digest
    said = gateway.request("GET", f"/v1/revisions/{seen[1]}/diff/{seen[0]}").json()
    assert (said["old"], said["new"]) == (seen[1], seen[0])
    assert "-rule small: allow pay when args.amount <= 2;\n" in said["diff"]
    assert "+rule small: allow pay when args.amount <= 3;\n" in said["diff"]


def test_reading_policies_needs_its_scope(gateway: GatewayHarness) -> None:
    """No other scope gives it, and without a key nothing is said."""
    others = [one for one in Scope if one not in (Scope.POLICY_READ, Scope.FEEDBACK)]
    key = gateway.new_key(others)
    name = gateway.gateway.live.revision
    for path in ("", f"/{name}", f"/{name}/diff/{name}"):
        assert gateway.request("GET", f"/v1/revisions{path}", key).status_code == 403
        assert gateway.request("GET", f"/v1/revisions{path}", "drw_wrong").status_code == 401


def test_what_is_not_there_or_not_whole_is_a_problem(gateway: GatewayHarness) -> None:
    """404 for what is not kept, 422 for what makes no sense, 503 for what was changed."""
    name = gateway.gateway.live.revision
    none = "sha256:" + "0" * 64

    def status(path: str) -> int:
        return gateway.request("GET", f"/v1/revisions{path}").status_code

    assert [status(f"/{one}") for one in ("main", none, "%25", "f00")] == [404] * 4
    assert status(f"?cursor={none}") == 404
    assert [status(one) for one in ("?cursor=x", "?limit=0", "?limit=501", "?x=1")] == [422] * 4

    async def work() -> None:
        grown = "UPDATE revisions SET content = replace(content, '<= 100', '<= 1000')"
        async with gateway.gateway.database.write() as connection:
            await connection.execute(text(grown))

    gateway.run(work())
    assert status(f"/{name}") == 503
