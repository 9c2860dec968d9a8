"""The road from trial to enforcing, walked as the page has it."""

import re
import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from app.doctor import bound, canaries, folders, running, told
from tests.docs.test_tutorial import ROOT, blocks, drawbar
from tests.e2e.gateway_process import GatewayProcess

PAGE = "docs/observe.md"
DAY = "2026-12-13"
SOON = str((datetime.now(UTC) + timedelta(days=14)).date())
CALLS = [
    *(
        ("read_table", {"table": ("orders", "stock")[n % 2], "limit": 10 + n % 6})
        for n in range(12)
    ),
    *(("send_mail", {"to": "ada@corp.com", "text": "hello"}) for _ in range(10)),
    *(("send_mail", {"to": "eve@example.net", "text": "hello"}) for _ in range(2)),
    ("drop_table", {}),
    ("read_table", {"limit": 10}),
]
ANSWERS = ["observe"] * 12 + ["rule"] * 10 + ["observe"] * 3 + ["invalid_call"]


def plain(text: str) -> str:
    """Put words in the places of days, times and ids."""
    text = re.sub(r"d_[0-9A-Z]{26}", "ID", text)
    return re.sub(r"\d{4}-\d\d-\d\d( \d\d:\d\d)?", "DAY", text)


def asked(gateway: GatewayProcess) -> None:
    """Make the calls of the page."""
    reasons = []
    for number, (tool, args) in enumerate(CALLS):
        said = gateway.check(call_id=f"c{number}", tool=tool, args=args).json()
        reasons.append(said["reason"])
        if said["reason"] == "observe" and tool == "drop_table":
            page = next(one for one in blocks(PAGE) if '"would"' in one.text).text
            for name in ("effect", "reason", "message", "would"):
                assert f'"{name}": "{said[name]}"' in page
    assert reasons == ANSWERS


def test_each_step_prints_what_the_page_says(tmp_path: Path) -> None:
    """Files are written, commands run, and what they print is on the page; then calls come in."""
    steps = blocks(PAGE)
    commands, written = 0, ""
    (tmp_path / "policies").mkdir()
    for step, following in pairwise(steps):
        if "file" in step.options:
            (tmp_path / step.options["file"]).write_text(step.text)
            shutil.copy(tmp_path / "office.json", tmp_path / "policies")
        if step.language == "toml":
            written = (tmp_path / "policies" / "bindings.toml").read_text()
            assert written == step.text.replace(DAY, SOON)
            with GatewayProcess(tmp_path, "--port", "0", policies=tmp_path / "policies") as gateway:
                asked(gateway)
                gateway.stop()
        if step.language != "sh":
            continue
        ran = drawbar(step.text.replace(DAY, SOON), tmp_path)
        assert ran.returncode == int(step.options["exit"]), ran.stdout + ran.stderr
        assert plain(following.text.strip("\n")) in plain(ran.stdout)
        commands += 1

    assert commands == 5
    assert "observe_until" not in (tmp_path / "policies" / "bindings.toml").read_text()
    shutil.move(tmp_path / "draft.bar", tmp_path / "policies" / "office.bar")
    assert drawbar("drawbar lint --strict policies", tmp_path).returncode == 0
    assert drawbar("drawbar test policies", tmp_path).returncode == 0
    call = '{"tool": "read_table", "args": {"table": "stock", "limit": 12}}'
    check = f"drawbar check --policy policies --call '{call}'"
    assert drawbar(check, tmp_path).returncode == 0
    assert drawbar(check.replace("12", "99"), tmp_path).returncode == 4


def test_the_page_of_the_doctor_names_all_that_it_finds() -> None:
    """Each name of a finding stands in the table, and no other."""
    page = (ROOT / "docs" / "doctor.md").read_text("utf-8")
    table = re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE)
    listed = {name for row in table for name in re.findall(r"`(\w+)`", row)}
    modules = (bound, canaries, folders, running, told)
    code = "".join(Path(str(one.__file__)).read_text("utf-8") for one in modules)
    code += (ROOT / "app/cli/doctor.py").read_text("utf-8")

    assert listed == set(re.findall(r'(?:finding|note)\(\s*"(\w+)"', code))
