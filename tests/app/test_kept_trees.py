"""Trees of long policies that are kept: believed where they are ours, else the text is read."""

import os
from pathlib import Path
from threading import Event, Semaphore, Thread

import pytest
from structlog.testing import capture_logs

from app.policy import kept_trees, policies
from app.policy.kept_trees import KeptTrees
from dsl import parse, trees
from dsl.checks.known import Store
from dsl.errors import Source
from dsl.syntax import Policy
from tests.harness import GatewayHarness, pay

SECRET = b"s" * 32
NOT_USED = "a kept tree is not used, the policy is read"


def _text(effect: str, number: int = 40) -> str:
    rules = "".join(f"rule r{at}: deny tool_{at} when args.a == {at};\n" for at in range(number))
    return f"policy bank version 1;\nrule pays: {effect} pay;\n{rules}"


ALLOWS, DENIES = _text("allow"), _text("deny")


@pytest.fixture(autouse=True)
def short_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the trees of short texts too: long ones would make these tests slow."""
    monkeypatch.setattr(kept_trees, "LONG", 100)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the names of the policies that are read from their text."""
    found: list[str] = []
    before = parse.parse

    def noting(source: Source) -> Policy:
        found.append(source.name)
        return before(source)

    monkeypatch.setattr(parse, "parse", noting)
    return found


def _trees(folder: Path, secret: bytes = SECRET) -> KeptTrees:
    made = KeptTrees()
    made.open(folder, secret)
    return made


def _file(folder: Path, text: str) -> Path:
    path = folder / "bank.bar"
    path.write_text(text)
    return path


def _kept(folder: Path, text: str) -> policies.PolicySet:
    """Have the tree of a policy kept."""
    found = policies.load([_file(folder, text)])
    _trees(folder).keep(found.units)
    return found


def _only(folder: Path) -> Path:
    (path,) = (folder / kept_trees.FOLDER).iterdir()
    return path


def test_a_kept_tree_is_the_policy(tmp_path: Path, parsed: list[str]) -> None:
    """The policy is the same, with every place, and its text is not read again."""
    found = _kept(tmp_path, ALLOWS)
    parsed.clear()
    again = policies.load([tmp_path / "bank.bar"], trees=_trees(tmp_path))

    assert parsed == []
    assert repr(again.bound) == repr(found.bound)
    assert (again.bound[0].policy, again.digest) == (found.bound[0].policy, found.digest)
    assert again.bound[0].policy.starts == found.bound[0].policy.starts


def test_another_text_is_read(tmp_path: Path, parsed: list[str]) -> None:
    """One changed letter is another policy, and so is a short one."""
    _kept(tmp_path, ALLOWS)
    parsed.clear()
    trees = _trees(tmp_path)

    assert trees.get(ALLOWS.replace("tool_7", "tool_8")) is None
    assert trees.get("policy p version 1;") is None
    assert trees.get(ALLOWS) is not None


@pytest.mark.parametrize("spoils", ["seal", "tree", "cut", "empty", "swapped", "foreign"])
def test_a_tree_that_somebody_changed_is_not_used(
    tmp_path: Path, parsed: list[str], spoils: str
) -> None:
    """A tree of another policy, of another gateway, or a broken one: the text decides."""
    _kept(tmp_path, DENIES)
    path = _only(tmp_path)
    content = path.read_bytes()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = policies.load([_file(elsewhere, ALLOWS)])
    _trees(elsewhere, b"x" * 32 if spoils == "foreign" else SECRET).keep(other.units)
    allowing = _only(elsewhere).read_bytes()
    spoilt = {
        "seal": bytes([content[0] ^ 1]) + content[1:],
        "tree": content[:-1] + bytes([content[-1] ^ 1]),
        "cut": content[:40],
        "empty": b"",
        "swapped": allowing,
        "foreign": allowing,
    }
    path.write_bytes(spoilt[spoils])
    parsed.clear()
    with capture_logs() as logs:
        found = policies.load([_file(tmp_path, DENIES)], trees=_trees(tmp_path))

    assert parsed == [str(tmp_path / "bank.bar")]
    assert [one["event"] for one in logs] == [NOT_USED]
    assert found.bound[0].policy.rules[0].effect == "deny"


def test_another_key_does_not_believe_it(tmp_path: Path) -> None:
    """Whoever copies a data folder without its key reads the texts."""
    _kept(tmp_path, ALLOWS)

    assert _trees(tmp_path, b"x" * 32).get(ALLOWS) is None


def test_other_code_does_not_believe_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an update of the language everything is read again."""
    _kept(tmp_path, ALLOWS)
    monkeypatch.setattr(kept_trees, "_reader", lambda: b"another version")

    assert _trees(tmp_path).get(ALLOWS) is None


def test_only_what_is_in_force_is_kept(tmp_path: Path) -> None:
    """The tree of the policy before goes, and so does whatever else lies there."""
    _kept(tmp_path, ALLOWS)
    before = _only(tmp_path)
    (tmp_path / kept_trees.FOLDER / "stray").write_bytes(b"x")
    _kept(tmp_path, DENIES)

    assert _only(tmp_path) != before
    assert _only(tmp_path).stat().st_mode & 0o777 == 0o600


def test_one_at_a_time_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is no longer waited for writes on, and whoever comes next waits for it."""
    kept = _trees(tmp_path)
    units = policies.load([_file(tmp_path, ALLOWS)]).units
    written, goes_on = Semaphore(0), Event()
    before = trees.write

    def slowly(policy: Policy) -> bytes:
        written.release()
        goes_on.wait(60)
        return before(policy)

    monkeypatch.setattr(trees, "write", slowly)
    threads = [Thread(target=kept.keep, args=(units,)) for _ in range(2)]
    for one in threads:
        one.start()
    assert written.acquire(timeout=60)
    assert not written.acquire(timeout=0.3)
    goes_on.set()
    for one in threads:
        one.join(60)

    assert _trees(tmp_path).get(ALLOWS) is not None


def test_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    """A tree that cannot be kept is told of, and nothing else."""
    (tmp_path / kept_trees.FOLDER).write_bytes(b"a file stands there")
    with capture_logs() as logs:
        _kept(tmp_path, ALLOWS)

    assert [one["event"] for one in logs] == ["a tree cannot be kept, the policy is read next time"]
    assert _trees(tmp_path).get(ALLOWS) is None


def test_an_edit_of_a_remembered_policy_reads_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statements of a kept tree are known as if they had been read."""
    text = ALLOWS.replace("tool_", f"tool_{os.getpid()}_")
    _kept(tmp_path, text)
    monkeypatch.setattr(parse, "_STORE", Store(parse._read, most=1 << 20))
    assert _trees(tmp_path).get(text) is not None
    seen: list[str] = []
    before = parse._parsed

    def seeing(one: str) -> object:
        seen.append(one)
        return before(one)

    monkeypatch.setattr(parse, "_parsed", seeing)
    read, findings = parse.read(Source("p.bar", text.replace("== 7;", "== 77;")))

    assert (read is not None, findings) == (True, [])
    assert seen == [f"rule r7: deny tool_{os.getpid()}_7 when args.a == 77;"]


def test_what_an_edit_breaks_in_a_remembered_policy_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was wrong with a statement among the others as they were; that says nothing now."""
    text = f"{ALLOWS}let most = 100;\nrule much: deny pay when args.amount > most;\n"
    _kept(tmp_path, text)
    monkeypatch.setattr(parse, "_STORE", Store(parse._read, most=1 << 20))
    assert _trees(tmp_path).get(text) is not None

    for edit, message in (
        (("most = 100", 'most = ["a"]'), "`>` does not compare a list"),
        (("let most", "let least"), "there is no value named `most`"),
    ):
        edited = Source("p.bar", text.replace(*edit))
        assert [one.message for one in parse.read(edited)[1]] == [message]


def test_a_gateway_starts_with_the_tree_that_it_kept(tmp_path: Path, parsed: list[str]) -> None:
    """The second start decides as the first did, without reading the text."""
    answers = []
    for _ in range(2):
        parsed.clear()
        gateway = GatewayHarness(tmp_path, policy=ALLOWS)
        answers.append((gateway.check(pay()).json()["effect"], bool(parsed)))
        gateway.close()

    assert answers == [("allow", True), ("allow", False)]
