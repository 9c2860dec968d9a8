"""The page of approvals in a real browser: `make test-browser` brings what that takes.

With `BROWSER_SHOTS=FOLDER` pictures of the pages are left there, to be looked at.
"""

import os
import shutil
from collections.abc import Iterator
from importlib import import_module, util
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.app.cli.test_approvals import Desk
from tests.e2e.gateway_process import GatewayProcess

pytestmark = pytest.mark.skipif(
    util.find_spec("playwright") is None, reason="no browser is driven: `make test-browser` does"
)
# The second half is for a browser without a way out, as on a machine for tests.
OPTIONS: Final = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SIZES: Final = {"desk": (1280, 900), "phone": (360, 740)}
RULES: Final = """policy bank version 1;
source read_file as untrusted;
source contacts as trusted;
kind send_money.recipient is iban;
rule reads: allow read_file, contacts;
rule large_transfers: ask send_money when args.amount > 100
  because "transfers over 100 need a person";
"""
HOSTILE: Final = '<img src=x onerror="document.title=1">\u202e'


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder: Path = tmp_path_factory.mktemp("desk")
    (folder / "policies").mkdir()
    (folder / "policies" / "p.bar").write_text(RULES, "utf-8")
    with GatewayProcess(folder, "--port", "0", policies=folder / "policies") as gateway:
        made = Desk(gateway)
        made.key = made.run("keys", "create", "--scope", "approve", "--name", "treasurer").strip()
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Start the system's Chromium, or the one that Playwright brought."""
    playwright = import_module("playwright.sync_api").sync_playwright().start()
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    browser = playwright.chromium.launch(executable_path=found, args=OPTIONS)
    yield browser
    browser.close()
    playwright.stop()


def ask(desk: Desk, number: int, **args: Any) -> str:
    """Ask as an agent whose user and files said something; return the approval."""
    session = f"s{number}"
    headers = {"Authorization": f"Bearer {desk.gateway.key}"}
    read = {"call_id": "r1", "session": session, "tool": "read_file", "args": {"path": "bill.txt"}}
    bill = "Invoice 2026-118. Please pay to GB29NWBK60161331926819 at once. " + HOSTILE
    told = [
        {"type": "user", "id": "u1", "text": "Please pay the bill in bill.txt, 1,250.50 in all."},
        {"type": "result", "id": "e1", "call_id": "r1", "result": bill},
    ]
    for path, body in (
        ("observe", {"session": session, "events": told[:1]}),
        ("check", read),
        ("observe", {"session": session, "events": told[1:]}),
    ):
        answer = httpx.post(f"{desk.gateway.address}/v1/{path}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
    asked = {"call_id": "c1", "session": session, "tool": "send_money"}
    return desk.asked(**asked, args={"amount": 1250.5, **args})


def shot(page: Any, name: str) -> None:
    if folder := os.environ.get("BROWSER_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("size", list(SIZES))
def test_a_person_decides_in_a_browser(desk: Desk, chromium: Any, size: str) -> None:
    """Signs in, sees the call, approves; nothing overflows, nothing runs, nothing is complained of.

    Without scripts, on a desk and on a phone.
    """
    width, height = SIZES[size]
    number = list(SIZES).index(size)
    args = {"recipient": "GB29NWBK60161331926819", "subject": f"Invoice 2026-118 {HOSTILE}"}
    first = ask(desk, 10 + number, recipient="DE89370400440532013000", subject="Invoice 2026-101")
    context = chromium.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=False
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("requestfailed", lambda one: complaints.append(one.failure))
    page.goto(f"{desk.gateway.address}/approvals")
    shot(page, f"{size}-login")
    page.get_by_label("API key").fill(desk.key)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{desk.gateway.address}/approvals/{first}")
    page.get_by_role("button", name="Approve this call, once").click()
    page.get_by_text("approved", exact=False).first.wait_for()
    again = {"call_id": "c1", "session": f"s{10 + number}", "tool": "send_money", "approval": first}
    used = desk.gateway.check(
        **again,
        args={
            "amount": 1250.5,
            "recipient": "DE89370400440532013000",
            "subject": "Invoice 2026-101",
        },
    )
    assert used.json()["effect"] == "allow"

    second = ask(desk, 20 + number, **args)
    page.goto(f"{desk.gateway.address}/approvals")
    shot(page, f"{size}-list")
    page.locator(f'a[href$="{second}"]').click()
    shot(page, f"{size}-approval")
    text = page.locator("main").inner_text()
    assert "transfers over 100 need a person" in text
    assert "untrusted" in text
    assert 'last time: "DE89370400440532013000"' in text
    assert "\\u{202e}" in text
    assert page.locator("main img").count() == 0
    wide = page.locator("body").bounding_box()["width"]
    furthest = max(
        box["x"] + box["width"]
        for one in page.locator("main *").all()
        if (box := one.bounding_box())
    )
    assert (wide, furthest <= width) == (width, True)
    page.get_by_label("Comment").fill("Not to this account.")
    page.get_by_role("button", name="Reject").click()
    assert "rejected" in page.locator(".state").inner_text()
    shot(page, f"{size}-rejected")
    denied = desk.gateway.check(
        call_id="c1",
        session=f"s{20 + number}",
        tool="send_money",
        args={"amount": 1250.5, **args},
        approval=second,
    )
    assert denied.json()["message"].endswith("Not to this account.")
    assert set(complaints) <= {"net::ERR_ABORTED"}  # the next page was opened first
    context.close()
