"""`/approvals`: a person signs in, sees exactly the call, and answers."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from app.ui.pages import HEADERS
from memory.keys import Scope
from tests.app.approvals.people import People
from tests.app.ui.browsing import Browser, words


@pytest.fixture
def browser(people: People) -> Iterator[Browser]:
    made = Browser(people)
    yield made
    made.close()


def test_a_person_signs_in_looks_and_approves(browser: Browser) -> None:
    """The call, its rule and its time stand there; after the button it goes through once."""
    people = browser.people
    approval = people.asked()
    assert "Sign in" in words(browser.get(f"/approvals/{approval}"))
    assert browser.sign_in().status_code == 303

    listed = words(browser.get())
    assert "pay for ada any person 15 min left" in listed
    page = words(browser.get(f"/approvals/{approval}"))
    assert "May pay run?" in page
    assert "for ada , asked by the agent a1" in page
    assert 'recipient "Ada"' in page
    assert "amount 500" in page
    assert "large payments need a person bank/large" in page
    assert "No call of this tool was approved before." in page
    done = browser.answer(approval, "approve")
    assert (done.status_code, done.headers["location"]) == (303, f"/approvals/{approval}")
    assert people.ask(approval=approval)["reason"] == "approved"
    assert "Approve this call" not in words(browser.get(f"/approvals/{approval}"))


def test_a_person_rejects_in_words(browser: Browser) -> None:
    """The comment is for the agent, and stands on the page."""
    approval = browser.people.asked()
    browser.sign_in()
    browser.answer(approval, "reject", "Not to Ada.")

    assert browser.people.ask(approval=approval)["message"].endswith("Not to Ada.")
    assert "rejected by boss Not to Ada." in words(browser.get(f"/approvals/{approval}"))


def test_what_changed_since_the_last_time_stands_at_its_place(browser: Browser) -> None:
    """Each value shows what it was in the last approved call of the tool."""
    people = browser.people
    first = people.approved()
    people.ask(approval=first)
    second = people.asked(args={"recipient": "Eve", "amount": 500})
    browser.sign_in()

    page = words(browser.get(f"/approvals/{second}"))
    assert 'recipient "Eve" last time: "Ada"' in page
    assert page.count("last time") == 1


class Parsed(HTMLParser):
    """Collects what a browser would run or fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.handlers: list[str] = []
        self.addresses: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]
        self.addresses |= {v or "" for name, v in attrs if name in ("href", "src", "action")}


def test_what_a_call_holds_stays_text(browser: Browser) -> None:
    """Markup in a call, its names, agents and rules is shown, not run; hidden letters are seen."""
    evil = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7*7 }}\u202e\x1b[31m\u200b'
    approval = browser.people.asked(args={evil: evil, "amount": 500}, context={evil: [evil]})
    browser.sign_in()

    page = browser.get(f"/approvals/{approval}")
    parsed = Parsed(page.text)
    assert parsed.tags & {"script", "img", "iframe", "object"} == set()
    assert parsed.handlers == []
    assert all(one.startswith("/approvals") for one in parsed.addresses)
    assert "{{ 7*7 }}" in page.text
    assert "\\u{202e}" in page.text
    assert not re.search("[\u202e\x1b\u200b]", page.text)


def test_nothing_is_left_out_of_a_large_call(browser: Browser) -> None:
    """However many values there are, and however long one is: all of them stand on the page."""
    many = {f"n{n}": n for n in range(3000)}
    long = "x" * 100_000 + "the end"
    approval = browser.people.asked(args={"amount": 500, "many": many, "long": long})
    browser.sign_in()

    page = words(browser.get(f"/approvals/{approval}"))
    assert [n for n in range(3000) if f"many/n{n} {n}" not in page] == []
    assert "xthe end" in page


def test_every_answer_has_the_same_strict_headers(browser: Browser) -> None:
    """No script, no frame, nothing from elsewhere, nothing kept: on each page and each refusal."""
    approval = browser.people.asked()
    pages = [
        browser.get(),
        browser.get(f"/approvals/{approval}"),
        browser.get("/approvals/style.css"),
    ]
    pages += [browser.sign_in("drw_wrong"), browser.sign_in()]
    pages += [browser.get(), browser.get(f"/approvals/{approval}"), browser.get("/approvals/apr_0")]
    pages.append(browser.answer(approval, "nonsense"))

    assert [page.status_code for page in pages] == [200, 200, 200, 403, 303, 200, 200, 404, 422]
    for page in pages:
        assert {name: page.headers.get(name) for name in HEADERS} == HEADERS
    assert "script-src" not in HEADERS["Content-Security-Policy"]
    assert HEADERS["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_cookie_is_the_browsers_alone(browser: Browser) -> None:
    """HttpOnly, SameSite=Strict, for this page alone; it holds no key, and Secure over TLS."""
    key = browser.people.boss
    plain = browser.sign_in().headers["set-cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=strict" in plain
    assert "Path=/approvals" in plain
    assert "Secure" not in plain
    assert key not in plain
    browser.client.base_url = "https://gateway"
    headers = {"Origin": "https://gateway"}

    assert "Secure" in browser.post("/approvals/login", headers, key=key).headers["set-cookie"]


@pytest.mark.parametrize(
    ("to", "place"),
    [
        ("apr_0", "/approvals/apr_0"),
        ("", "/approvals"),
        ("//evil.example", "/approvals"),
        ("../x", "/approvals"),
        ("https:evil.example", "/approvals"),
        ("a\r\nSet-Cookie: x", "/approvals"),
    ],
)
def test_signing_in_leads_back_and_nowhere_else(browser: Browser, to: str, place: str) -> None:
    """To the approval that was opened, and to no address that somebody else put there."""
    if to == "apr_0":
        assert 'name="to" value="apr_0"' in browser.get("/approvals/apr_0").text
    answer = browser.post("/approvals/login", key=browser.people.boss, to=to)

    assert (answer.status_code, answer.headers["location"]) == (303, place)
    assert len(answer.headers.get_list("set-cookie")) == 1


@pytest.mark.parametrize("scopes", [[Scope.CHECK], [Scope.AUDIT]])
def test_only_a_key_that_may_approve_signs_in(browser: Browser, scopes: list[Scope]) -> None:
    """Another key is refused, and so is one that nobody knows."""
    for key in (browser.people.gateway.new_key(scopes), "drw_unknown", ""):
        refused = browser.post("/approvals/login", key=key)

        assert (refused.status_code, "set-cookie" in refused.headers) == (403, False)
        assert "unknown, revoked, or may not approve" in words(refused)


def test_a_revoked_key_is_signed_out(browser: Browser) -> None:
    """The cookie works as long as its key does."""
    people = browser.people
    approval = people.asked()
    browser.sign_in()
    token = browser.token()
    stored = {one.name: one.id for one in people.gateway.run(people.gateway.gateway.keys.all())}
    people.gateway.run(people.gateway.gateway.keys.revoke(stored["boss"], people.at))

    assert "Sign in" in words(browser.get())
    refused = browser.post(f"/approvals/{approval}", token=token, word="approve")
    assert refused.status_code == 401
    assert people.ask(approval=approval)["effect"] == "ask"


def test_a_sitting_ends(browser: Browser) -> None:
    """After eight hours, and when the person signs out."""
    browser.sign_in()
    token = browser.token()
    assert browser.post("/approvals/logout", token=token).status_code == 303
    assert "Sign in" in words(browser.get())

    browser.sign_in()
    browser.people.later(hours=8)
    assert "Sign in" in words(browser.get())


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_sites_form_does_nothing(browser: Browser, headers: dict[str, str]) -> None:
    """Neither signs in, nor answers, though the browser sends the cookie and the right token."""
    approval = browser.people.asked()
    assert browser.post("/approvals/login", headers, key=browser.people.boss).status_code == 403
    browser.sign_in()
    token = browser.token()

    path = f"/approvals/{approval}"
    assert browser.post(path, headers, token=token, word="approve").status_code == 403
    assert browser.post("/approvals/logout", headers, token=token).status_code == 403
    assert browser.people.look(approval).json()["status"] == "pending"


def test_a_form_needs_the_token_of_its_sitting(browser: Browser) -> None:
    """Without one, with a made up one, or with another person's: refused."""
    people = browser.people
    approval = people.asked()
    other = Browser(people)
    other.sign_in(people.role(subject="other"))
    browser.sign_in()

    for token in ("", "0" * 64, other.token()):
        refused = browser.post(f"/approvals/{approval}", token=token, word="approve")
        assert refused.status_code == 403
    other.close()
    assert people.look(approval).json()["status"] == "pending"


def test_a_forged_cookie_is_none(browser: Browser) -> None:
    """What this gateway did not seal signs nobody in; nor does another one's seal."""
    for cookie in ("", "x", "e30=", "A" * 100, "\xff"):
        browser.client.cookies.set("drawbar_sitting", cookie.encode("latin1").hex(), path="/")

        assert "Sign in" in words(browser.get())


def test_the_requester_cannot_approve_here_either(browser: Browser) -> None:
    """The page knows the same law as the API."""
    people = browser.people
    asker = people.gateway.new_key([Scope.CHECK, Scope.APPROVE], subject="carl")
    approval = people.asked(asker)
    browser.sign_in(asker)

    refused = browser.answer(approval, "approve")
    assert refused.status_code == 403
    assert "the call was asked for in this key's own name" in words(refused)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/x-www-form-urlencoded", b"word=approve&word=reject", 422),
        ("application/x-www-form-urlencoded", b"word=%ff", 422),
        ("application/x-www-form-urlencoded", b"x=" + b"y" * 20_000, 413),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(20)), 422),
    ],
)
def test_a_form_that_is_none_is_refused(
    browser: Browser, content_type: str, body: bytes, status: int
) -> None:
    """Bounded, in one form only, and readable in one way only."""
    browser.sign_in()
    headers = {"Content-Type": content_type, "Sec-Fetch-Site": "same-origin"}
    work = browser.client.post("/approvals/apr_0", content=body, headers=headers)

    assert browser.people.gateway.run(work).status_code == status
