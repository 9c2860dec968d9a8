"""What the arguments of each tool look like in the life of a firm."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from bench.second_world.console import argv, content, path, script, sql
from bench.second_world.firm import (
    DUMPS,
    FREE_MAIL,
    LOOKALIKE,
    PUBLIC,
    SIDES,
    Firm,
    chance,
    skewed,
)
from bench.second_world.sessions import FIRST_DAY, Deed, Session, begin, pause, start, unseen

Args = dict[str, Any]

_BANDS: Final = (
    (5, 60),
    (60, 400),
    (400, 2_000),
    (2_000, 9_000),
    (9_000, 40_000),
    (40_000, 250_000),
)


def amount(rng: Random, weights: tuple[int, ...]) -> Decimal:
    """Return an amount of money: the greater, the rarer, and often a round one."""
    low, high = rng.choices(_BANDS, weights)[0]
    if chance(rng, 0.3):
        return Decimal(max(low, rng.randrange(low, high) // 50 * 50))
    return Decimal(rng.randrange(low * 100, high * 100)) / 100


def address(rng: Random, firm: Firm, session: Session, inside: int = 55) -> str:
    """Return somebody's address: a colleague's, a partner's, a customer's or a stranger's."""
    who = firm.people[skewed(rng, len(firm.people))]
    if session.odd and chance(rng, 0.6):
        return f"{who}@{rng.choice(LOOKALIKE + FREE_MAIL)}"
    side = rng.choices(("in", "partner", "customer", "free", "alike"), (inside, 14, 26, 6, 0.3))[0]
    if side == "in":
        domain = SIDES[0][skewed(rng, len(SIDES[0]))]
    elif side == "partner":
        domain = SIDES[1][skewed(rng, len(SIDES[1]))]
    elif side == "customer":
        domain = firm.known(rng, session.day)
    else:
        domain = rng.choice(FREE_MAIL if side == "free" else LOOKALIKE)
    name = who if chance(rng, 0.75) else rng.choice(("info", "orders", "office", "help", "ap"))
    return f"{name}@{domain}"


def addresses(rng: Random, firm: Firm, session: Session, inside: int = 55) -> list[str]:
    """Return a few addresses, seldom many."""
    n = rng.choices((1, 2, 3, 5, 9, 16), (60, 17, 10, 6, 3, 1))[0]
    made = [address(rng, firm, session, inside)]
    for _ in range(n - 1):  # who writes to several mostly stays on one side
        again = f"{rng.choice(firm.people)}@{made[0].rpartition('@')[2]}"
        made.append(again if chance(rng, 0.6) else address(rng, firm, session, inside))
    return list(dict.fromkeys(made))


def send_email(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a mail, at times with copies and files."""
    args: Args = {
        "to": addresses(rng, firm, session, 45),
        "subject": firm.author.title(rng, session.topic),
        "body": firm.author.text(rng, session.topic, 6),
    }
    if chance(rng, 0.2):
        args["cc"] = addresses(rng, firm, session, 75)
    if chance(rng, 0.28):
        stems = ("offer", "invoice", "minutes", "customers", "photo", "contract", "plan")
        ends = rng.choices(("pdf", "xlsx", "csv", "png", "docx", "zip"), (9, 4, 3, 3, 3, 1), k=2)
        files = [f"{rng.choice(stems)}-{rng.randrange(200)}.{end}" for end in ends]
        args["attachments"] = files[: rng.choice((1, 1, 1, 2))]
    return args


def pay_invoice(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a payment in one to three lines."""
    at = skewed(rng, min(20 + session.day, len(firm.suppliers)))
    other = chance(rng, 0.5 if session.odd else 0.03)
    lines = [
        {
            "account": rng.choice(("4400", "4930", "6300", "6420", "6815", "0650")),
            "amount": amount(rng, (4, 20, 36, 26, 9, 2)),
        }
        for _ in range(rng.choice((1, 1, 1, 2, 3)))
    ]
    args: Args = {
        "supplier": firm.suppliers[at],
        "iban": rng.choice(firm.ibans) if other else firm.ibans[at],
        "amount": sum((line["amount"] for line in lines), Decimal(0)),
        "currency": rng.choices(("EUR", "USD", "GBP", "CHF"), (75, 12, 8, 4))[0],
        "invoice": f"R{rng.randrange(26)}-{rng.randrange(10_000, 99_999)}",
        "lines": lines,
    }
    if chance(rng, 0.25):
        args["urgent"] = session.odd or chance(rng, 0.4)
    if chance(rng, 0.6):
        args["memo"] = firm.author.text(rng, "lure" if session.odd else "money", 2)
    return args


def issue_refund(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a refund, in cents."""
    reasons = ("damaged", "late", "wrong_item", "goodwill", "cancelled", "other")
    return {
        "order": f"{rng.choice('ABCK')}{rng.randrange(100_000, 999_999)}",
        "customer": address(rng, firm, session, 3),
        "amount_cents": int(amount(rng, (45, 38, 12, 2, 0, 0)) * 100),
        "reason": rng.choices(reasons, (26, 20, 16, 14, 18, 6))[0],
        "method": rng.choices(("original", "voucher", "bank_transfer"), (70, 18, 12))[0],
    }


def read_file(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a look into a file."""
    args: Args = {"path": path(rng, firm, session)}
    if chance(rng, 0.4):
        args["max_bytes"] = 1024 * rng.choice((4, 16, 64, 256, 1024))
    return args


def write_file(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a new or changed file."""
    return {
        "path": path(rng, firm, session),
        "content": content(rng, firm, session),
        "mode": rng.choices(("create", "overwrite", "append"), (45, 38, 17))[0],
    }


def run_command(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a command as a list of words."""
    args: Args = {"argv": argv(rng, firm, session), "cwd": path(rng, firm, session, folder=True)}
    if chance(rng, 0.5):
        args["timeout_s"] = rng.choice((10, 30, 60, 120, 300, 900))
    return args


def remote_script(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a script for a host."""
    host = firm.hosts[skewed(rng, len(firm.hosts))]
    args: Args = {"host": host, "script": script(rng, firm, session)}
    if chance(rng, 0.45):
        args["as_root"] = chance(rng, 0.4)
    return args


def query_database(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a query, with or without a limit."""
    database = firm.databases[skewed(rng, len(firm.databases))]
    args: Args = {"database": database, "sql": sql(rng, session)}
    if chance(rng, 0.55):
        args["limit"] = rng.choice((1, 10, 50, 100, 500, 1_000, 5_000, 20_000, 100_000))
    return args


def deploy(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a release of a service."""
    tail = rng.choices(("", "-rc1", "-rc2", "-beta", "-hotfix"), (70, 8, 4, 6, 8))[0]
    args: Args = {
        "service": firm.services[skewed(rng, len(firm.services))],
        "environment": rng.choices(("dev", "staging", "production"), (36, 32, 32))[0],
        "version": f"{rng.randrange(1, 5)}.{rng.randrange(30)}.{rng.randrange(9)}{tail}",
        "strategy": rng.choices(("rolling", "canary", "all_at_once"), (60, 25, 15))[0],
    }
    if chance(rng, 0.8 if args["environment"] == "production" else 0.15):
        args["change"] = f"CHG-{rng.randrange(2000, 9000)}"
    if chance(rng, 0.35):
        cpu = rng.choice(("0.5", "1", "2", "4", "8", "16"))
        args["resources"] = {"cpu": Decimal(cpu), "memory_mb": 512 * rng.choice((1, 2, 4, 8, 32))}
    return args


def update_ticket(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a comment on a ticket, and what changes about it."""
    project = firm.projects[skewed(rng, len(firm.projects))]
    args: Args = {
        "ticket": f"{project}-{rng.randrange(100, 9000)}",
        "comment": firm.author.text(rng, session.topic, 4),
    }
    if chance(rng, 0.5):
        args["status"] = rng.choices(("open", "waiting", "resolved", "closed"), (2, 4, 4, 3))[0]
    if chance(rng, 0.25):
        args["priority"] = rng.choices(("p1", "p2", "p3", "p4"), (2, 5, 9, 5))[0]
    if chance(rng, 0.3):
        args["assignee"] = f"{rng.choice(firm.people)}@{SIDES[0][0]}"
    return args


def create_event(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a meeting in the coming days."""
    begins = FIRST_DAY + timedelta(
        days=session.day + rng.randrange(1, 15), hours=rng.randrange(7, 20)
    )
    args: Args = {
        "title": firm.author.title(rng, session.topic),
        "start": begins.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "minutes": rng.choices((15, 30, 45, 60, 90, 120, 240, 480), (8, 34, 12, 26, 9, 6, 4, 2))[0],
        "attendees": addresses(rng, firm, session, 65),
    }
    if chance(rng, 0.5):
        args["room"] = rng.choice(("Elbe", "Rhine", "Oder", "Board 1", "Board 2", "Loft", "Lab"))
    if chance(rng, 0.3):
        args["private"] = chance(rng, 0.5)
    return args


def fetch_url(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a request to a site inside or outside."""
    kinds = (PUBLIC, SIDES[0], SIDES[1], (firm.known(rng, session.day),), DUMPS)
    hosts = rng.choices(kinds, (40, 14, 14, 26, 70 if session.odd else 1.5))[0]
    host = rng.choice(("www.", "", "", "api.")) + rng.choice(hosts)
    page = rng.choice(("status", "v1/items", "news/2026", "search?q=price", "about", "login", "up"))
    args: Args = {"url": f"https://{host}/{page}", "method": "GET"}
    if chance(rng, 0.22):
        args |= {"method": "POST", "body": firm.author.text(rng, session.topic, 3)}
    return args


def share_document(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a document shown to somebody."""
    folder = rng.choices(("sales", "public", "finance", "board", "hr", "plans"), (9, 6, 5, 2, 3, 6))
    name = rng.choice(("overview", "forecast", "contract", "roadmap", "list", "review", "deck"))
    args: Args = {
        "document": f"{folder[0]}/{name}-{rng.randrange(2023, 2027)}-{rng.randrange(40)}",
        "people": addresses(rng, firm, session, 55),
        "access": rng.choices(("viewer", "commenter", "editor"), (60, 15, 25))[0],
    }
    if chance(rng, 0.6):
        args["expires_days"] = rng.choice((1, 7, 7, 14, 30, 30, 90, 365))
    return args


def change_access(rng: Random, firm: Firm, session: Session) -> Args:
    """Return a grant or its end; some ask for themselves."""
    own = chance(rng, 0.15)
    who = session.person if own else firm.people[skewed(rng, len(firm.people))]
    args: Args = {
        "user": f"{who}@{SIDES[0][0]}",
        "group": firm.groups[skewed(rng, len(firm.groups))],
        "action": rng.choices(("grant", "revoke"), (70, 30))[0],
    }
    if chance(rng, 0.65):
        args["reason"] = firm.author.text(rng, rng.choice(("access", "people", "status")), 2)
    return args


MAKERS: Final[Mapping[str, Callable[[Random, Firm, Session], Args]]] = {
    maker.__name__: maker
    for maker in (
        *(send_email, pay_invoice, issue_refund, read_file, write_file, run_command),
        *(remote_script, query_database, deploy, update_ticket, create_event, fetch_url),
        *(share_document, change_access),
    )
}


def deeds(rng: Random, firm: Firm, day: int, n: int) -> list[Deed]:
    """Return the calls of a day, in order of time."""
    made: list[Deed] = []
    while len(made) < n:
        session, at = begin(rng, firm, day), start(rng)
        while len(made) < n:
            made.append(_deed(rng, firm, session, at))
            if chance(rng, 0.35):
                break
            at = pause(rng, at)
    return sorted(made, key=lambda deed: deed.at)


def _deed(rng: Random, firm: Firm, session: Session, at: timedelta) -> Deed:
    tool = rng.choices(session.agent.tools, session.agent.weights)[0]
    args = MAKERS[tool](rng, firm, session)
    moment = FIRST_DAY + timedelta(days=session.day) + at
    context = {**session.context, "hour": moment.hour}
    return Deed(tool, args, session, context, moment, unseen(rng))
