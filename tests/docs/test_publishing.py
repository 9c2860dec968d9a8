"""The page on publishing: its commands run, in their order, against gateways on real sockets."""

import re
import shlex
import tomllib
from pathlib import Path
from typing import Final

import pytest

from memory.keys import Scope
from memory.publishing.draft import MOST_BYTES, MOST_FILES
from tests.command import drawbar
from tests.e2e.gateway_process import GatewayProcess

PAGE: Final = (Path(__file__).parents[2] / "docs" / "publishing.md").read_text("utf-8")
FOUND: Final = re.findall(r"^\$ drawbar (policy .*)$", PAGE, re.MULTILINE)
POLICY: Final = "policy bank version 1;\n\nrule a: allow pay when args.amount <= {most};\n"
# What ends with 3 says that there is something to see.
ENDS: Final = {"diff": 3, "review": 3}


class Person:
    """Somebody at a terminal beside a gateway."""

    def __init__(self, gateway: GatewayProcess, subject: str) -> None:
        self.gateway, self.folder = gateway, gateway.folder
        making = re.search(r"\$\(drawbar (keys create .*?)\)", PAGE)
        assert making is not None
        words = [*shlex.split(making[1]), "--scope", "audit", "--subject", subject]
        made = drawbar(*words, cwd=self.folder)
        assert made.returncode == 0, made.stderr
        self.key = made.stdout.strip()

    def run(self, line: str) -> str:
        """Run a command of the page."""
        env = {"DRAWBAR_URL": self.gateway.address, "DRAWBAR_KEY": self.key}
        words = shlex.split(line)
        ran = drawbar(*words, env=env, cwd=self.folder)
        assert ran.returncode == ENDS.get(words[1], 0), (line, ran.stdout, ran.stderr)
        return ran.stdout

    def write(self, most: int) -> None:
        """Write the folder anew."""
        folder = self.folder / "policies"
        folder.mkdir(exist_ok=True)
        (folder / "bank.bar").write_text(POLICY.format(most=most), "utf-8")


def start(folder: Path, more: str = "") -> GatewayProcess:
    """Make a gateway with the settings of the page."""
    block = re.search(r"```toml\n# drawbar.toml\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    (folder / "drawbar.toml").write_text(block[1] + more, "utf-8")
    return GatewayProcess(folder, "--port", "0")


def test_the_five_minutes_the_replay_and_the_way_back(tmp_path: Path) -> None:
    """Each command does what the page says, and the list holds the notes."""
    commands = [one for one in FOUND if "pub_" not in one and one != "policy list"]
    with start(tmp_path) as gateway:
        person = Person(gateway, "ada")
        digests: list[str] = []
        for number, line in enumerate(commands):
            if "push" in line:
                person.write(number)
            if "replay" in line:
                gateway.check()  # something to judge
            said = person.run(line.replace("sha256:DIGEST", digests[0] if digests else ""))
            digests += re.findall(r"publication \d+, (sha256:\w+)", said)
        assert len(digests) == 3
        assert digests[2] == digests[0] != digests[1]
        listed = person.run("policy list")
    assert [note in listed for note in ("the first", "rent may be 900", "denied too much")] == [
        True
    ] * 3
    kinds = {line.split()[1] for line in commands}
    assert kinds == {"push", "diff", "lint", "test", "publish", "replay", "rollback"}


def test_the_two_people(tmp_path: Path) -> None:
    """One proposes, another looks and confirms what is shown, and what waits is withdrawn."""
    review, confirm, withdraw = (one for one in FOUND if "pub_" in one)
    with start(tmp_path, "four_eyes = true\n") as gateway:
        ada, bob = Person(gateway, "ada"), Person(gateway, "bob")
        for most, line in enumerate((confirm, withdraw)):
            ada.write(most)
            waits = ada.run(FOUND[0].split(" --note")[0])
            found = re.search(r"(pub_\w+), (sha256:\w+)", waits)
            assert found is not None, waits
            assert found[1] in bob.run("policy list")
            assert f"+rule a: allow pay when args.amount <= {most};" in bob.run(
                review.replace("pub_ID", found[1])
            )
            bob.run(line.replace("pub_ID", found[1]).replace("sha256:DIGEST", found[2]))
        assert len(ada.run("policy list").splitlines()) == 1


@pytest.mark.parametrize("scope", [Scope.POLICY_READ, Scope.POLICY_WRITE, Scope.POLICY_PUBLISH])
def test_the_page_says_what_is_so(scope: Scope) -> None:
    """Scopes, bounds, settings."""
    assert f"| `{scope}` |" in PAGE
    assert f"{MOST_FILES} files and {MOST_BYTES >> 20} MiB" in PAGE
    for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL):
        assert set(tomllib.loads(block)) <= {"policy_source", "policy_keys"}
