"""What memory may never do, through the decisions of a real gateway, on many drawn logs."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import pytest
from sqlalchemy import update

from app.learning.naming import name_of, text_of
from app.policy.revising import restored
from dsl.errors import Source
from dsl.lint.rule import Unit
from dsl.lint.run import lint
from dsl.parse import read
from memory.induction.report import Label
from memory.induction.revision import digest_of
from memory.tables import memory_revisions
from tests.app.learning.office import Office, made_of
from tests.memory.induction import world

RANK: Final = {"allow": 0, "ask": 1, "deny": 2}
OVERLAY: Final = name_of("default")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    opened = Office(tmp_path_factory.mktemp("office"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Return the same policies where nothing is learned."""
    opened = Office(tmp_path_factory.mktemp("plain"), memory={"learn": False})
    yield opened
    opened.close()


def calls(seed: int) -> list[dict[str, Any]]:
    """Draw calls: as people reported them, and others, also of no tool and some not valid."""
    random, log = Random(seed), world.drawn(seed, 120)  # noqa: S311 - a world, no secret
    reported = [one.decision_id for one in log.reports if one.label is Label.VIOLATION][:10]
    drawn = [{"tool": "send", "args": dict(log.cases[one].features.args)} for one in reported]
    drawn += [{"tool": "send", "args": world.args(random)} for _ in range(15)]
    drawn += [{"tool": "read", "args": {"path": "/srv/data/a/x.txt"}}]
    drawn += [{"tool": "erase", "args": {}}, {"tool": "send", "args": {"to": 7}}]
    return drawn


def effects(office: Office, seed: int) -> list[tuple[str, str]]:
    """Return what is decided about drawn calls, and why."""
    return [(one["effect"], one["reason"]) for one in answers(office, seed)]


def answers(office: Office, seed: int) -> list[Any]:
    """Return what is answered to drawn calls."""
    told = {"subject": {"id": "ada"}, "agent": {"id": "mailer"}, "dry_run": True}
    return [
        office.harness.check({"call_id": f"c{n}", **one, **told}).json()
        for n, one in enumerate(calls(seed))
    ]


def never_looser(before: list[tuple[str, str]], after: list[tuple[str, str]]) -> int:
    """Assert that nothing became looser; return how many calls are decided more strictly."""
    for (was, why), (now, and_now) in zip(before, after, strict=True):
        assert RANK[was] <= RANK[now]
        if was == "deny":
            assert (why, now) == (and_now, "deny")
    return sum(was != now for (was, _), (now, _) in zip(before, after, strict=True))


def asking(office: Office, seed: int, seq: int) -> dict[str, Any]:
    """Return what a drawn log comes to, with every rule asking: also more than caps would let."""
    log = world.drawn(seed, 120)
    content = made_of(log, office.learning.terms("default"), seq)
    told = content["told"]
    told["narrow"] = told["narrow"].replace("\n  mode shadow;", ";")
    return {**content, "digest": digest_of(told)}


def test_memory_only_ever_narrows(office: Office, plain: Office) -> None:
    """With any revision in force no call is decided more loosely than by people's policies."""
    stricter = 0
    for number, seed in enumerate(range(4), start=1):
        base = effects(plain, seed)
        office.install(asking(office, seed, number))
        stricter += never_looser(base, effects(office, seed))
        assert {why for _, why in base} >= {"no_rule", "invalid_call"}

    assert stricter > 5
    assert {effect for effect, _ in effects(plain, 0)} == {"allow", "ask", "deny"}


def test_what_only_watches_changes_nothing(office: Office, plain: Office) -> None:
    """Rules in shadow and hints decide nothing, and neither does what may be softened."""
    log = world.drawn(3, 150)
    content = made_of(log, office.learning.terms("default"), 20)
    told = content["told"]
    told["narrow"] = told["narrow"].replace('violations";', 'violations"\n  mode shadow;')
    office.install({**content, "digest": digest_of(told)})

    assert OVERLAY in office.gateway.live.current.learned
    assert effects(office, 3) == effects(plain, 3)
    assert any(one["side"] == "soften" for one in told["rules"])
    without = {**told, "rules": [r for r in told["rules"] if r["side"] == "deny"], "soften": []}
    assert text_of({**content, "told": without}) == text_of(content)


def test_advice_changes_no_effect(office: Office, plain: Office) -> None:
    """Law 4: of calls that are not let a sentence is added to what is said, and nothing else."""
    log = world.drawn(2, 120)
    content = made_of(log, office.learning.terms("default"), 25)
    told = content["told"]
    told["narrow"] = told["narrow"].replace('violations";', 'violations"\n  mode shadow;')
    rules = [{**one, "level": "advise"} for one in told["rules"]]
    told = {**told, "rules": rules}
    office.install({**content, "told": told, "digest": digest_of(told)})
    before, after = answers(plain, 2), answers(office, 2)
    advised = set[str]()
    for was, now in zip(before, after, strict=True):
        assert (was["effect"], was["reason"]) == (now["effect"], now["reason"])
        if was["message"] != now["message"]:
            assert now["message"].startswith(f"{was['message']} Mind: calls of send were reported")
            advised.add(now["effect"])

    assert advised == {"ask"}


def test_one_rule_more_never_loosens(office: Office) -> None:
    """Of two revisions the one with more asking rules decides nothing more loosely."""
    whole = asking(office, 5, 31)
    told = whole["told"]
    head, *rules = told["narrow"].split("# memory ")
    fewer = {**told, "narrow": head + "# memory ".join(["", *rules[::2]])}
    office.install({**whole, "seq": 30, "told": fewer, "digest": digest_of(fewer)})
    before = effects(office, 5)
    office.install(whole)

    assert len(rules) > 1
    never_looser(before, effects(office, 5))


def test_what_was_learned_is_an_ordinary_policy_that_is_kept(office: Office) -> None:
    """It lints clean, and the revision that a record names reads back with it, word by word."""
    office.install(asking(office, 6, 40))
    current = office.gateway.live.current
    (unit,) = (one for one in current.units if one.source.name == f"memory/{OVERLAY}.bar")
    policy, broken = read(Source("memory", unit.source.text))
    assert policy is not None
    assert not broken
    assert [one for one in lint(Unit(unit.source, policy, ())) if one.level == "error"] == []

    kept = office.harness.run(office.gateway.revisions.get(current.digest))
    back = restored(kept)
    assert [one.policy for one in back.bound] == [one.policy for one in current.bound]
    assert back.bindings == current.bindings


@pytest.mark.parametrize("what", ["content", "signature", "key", "digest", "nonsense"])
def test_what_nobody_signed_is_not_taken_up(office: Office, what: str) -> None:
    """A revision that somebody changed is refused; the last good rules stay, also after a start."""
    seq = {"content": 50, "signature": 60, "key": 70, "digest": 80, "nonsense": 90}[what]
    office.install(asking(office, 1, seq))
    before, held = effects(office, 1), office.learning.learned.held["default"]["seq"]
    office.install({**asking(office, 2, seq + 1), "seq": seq + 1})
    column = "content" if what == "nonsense" else what

    async def tamper() -> None:
        table = memory_revisions
        async with office.gateway.database.write() as connection:
            rows = table.c.seq == seq + 1
            query = table.select().where(rows)
            row = (await connection.execute(query)).mappings().one()
            value = _changed(what, row[column])
            await connection.execute(update(table).where(rows).values({column: value}))

    office.harness.run(tamper())
    office.learning.learned.held.clear()  # as at a start
    office.take()

    assert held == seq
    assert office.learning.learned.held["default"]["seq"] == seq
    assert effects(office, 1) == before


def _changed(what: str, value: str) -> str:
    if what != "content":
        return {"nonsense": "{", "signature": "AAAA"}.get(what, value[::-1])
    told = json.loads(value)
    told["told"]["narrow"] = told["told"]["narrow"].partition("# memory ")[0]
    return json.dumps(told)


def test_a_full_disk_takes_no_learned_rule_away(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was in force stays, as with people's own files, until the policies can be read again."""

    def full() -> None:
        raise OSError(28, "no space left on device")

    office.install(asking(office, 1, 100))
    before = office.gateway.live.current
    again: list[None] = []
    monkeypatch.setattr(office.gateway.written, "again", lambda: again.append(None))
    with monkeypatch.context() as disk:
        disk.setattr("app.learning.joining.TemporaryDirectory", full)
        office.harness.reload()
    assert OVERLAY in before.learned
    assert office.gateway.live.current is before
    assert "no space left" in str(office.gateway.live.refused)
    assert again

    office.harness.reload()
    assert office.gateway.live.refused is None
    assert OVERLAY in office.gateway.live.current.learned
