"""Templates of rules on money: payments and refunds.

Each draws one rule of its kind; its docstring is the rule as people would say it.
"""

from typing import Final

from bench.second_world.lore import Lore
from bench.second_world.rules import (
    Rule,
    agent,
    among,
    any_line,
    context,
    hours,
    no,
    over,
    role,
    starts,
)


def great_payment(lore: Lore) -> Rule:
    """Great payments are made by hand."""
    limit = lore.limit("pay_invoice", "amount")
    trusted = lore.some(lore.firm.suppliers[:12], 2, 4)
    excused = lore.maybe(among("supplier", trusted), role("manager"), role("audit"), share=0.75)
    return Rule("great_payment", ("pay_invoice",), (over("amount", limit),), excused)


def far_bank(lore: Lore) -> Rule:
    """No money to banks in some lands beyond an amount."""
    lands = lore.some(("LT", "CY", "GB", "CH", "NL"), 2, 3)
    limit = lore.limit("pay_invoice", "amount", 0.05, 0.4)
    return Rule("far_bank", ("pay_invoice",), (starts("iban", lands), over("amount", limit)))


def hurried_payment(lore: Lore) -> Rule:
    """Pay nothing that is urgent and came in some ways."""
    hurried = (
        among("urgent", [True]),
        context("channel", *lore.some(("mail", "voice", "chat"), 2, 2)),
    )
    return Rule(
        "hurried_payment", ("pay_invoice",), hurried, lore.maybe(role("manager"), share=0.4)
    )


def account_line(lore: Lore) -> Rule:
    """Charge some accounts with no more than an amount in a line."""
    accounts = lore.some(("4400", "4930", "6300", "6420", "6815", "0650"), 1, 3)
    limit = lore.rng.choice((200, 500, 1_000, 2_500))
    line = any_line(lambda one: one["account"] in accounts and one["amount"] > limit)
    excused = lore.maybe(role("audit"), among("currency", ["CHF", "GBP"]), role("oncall"))
    return Rule("account_line", ("pay_invoice",), (line,), excused)


def foreign_money(lore: Lore) -> Rule:
    """Foreign money needs a cost centre."""
    others = lore.some(("USD", "GBP", "CHF"), 1, 3)
    return Rule(
        "foreign_money", ("pay_invoice",), (among("currency", others), no(context("cost_center")))
    )


def great_refund(lore: Lore) -> Rule:
    """Great refunds only for what was our fault."""
    limit = lore.limit("issue_refund", "amount_cents", 0.4, 0.85)
    faults = lore.some(("damaged", "wrong_item", "late", "cancelled"), 1, 2)
    excused = (among("reason", faults),)
    return Rule("great_refund", ("issue_refund",), (over("amount_cents", limit),), excused)


def other_way_back(lore: Lore) -> Rule:
    """Money goes back the way it came."""
    methods = lore.some(("voucher", "bank_transfer"), 1, 2)
    limit = lore.limit("issue_refund", "amount_cents", 0.1, 0.6)
    excused = lore.maybe(among("reason", ["goodwill"]), agent("refund-desk"), role("manager"))
    tests = (among("method", methods), over("amount_cents", limit))
    return Rule("other_way_back", ("issue_refund",), tests, excused)


def goodwill(lore: Lore) -> Rule:
    """Goodwill is for those who may."""
    reasons = lore.some(("goodwill", "other", "late"), 1, 2)
    caller = lore.rng.choice(
        (role("trainee", "contractor"), no(role("billing")), context("channel", "api"))
    )
    return Rule("goodwill", ("issue_refund",), (among("reason", reasons), caller))


def night_money(lore: Lore) -> Rule:
    """No money moves at night."""
    late = hours(lore.rng.randint(18, 21), lore.rng.randint(5, 7))
    excused = lore.maybe(context("channel", "cron"), role("oncall"), share=0.7)
    return Rule("night_money", ("pay_invoice", "issue_refund"), (late,), excused)


MONEY: Final = (
    great_payment,
    far_bank,
    hurried_payment,
    account_line,
    foreign_money,
    great_refund,
    other_way_back,
    goodwill,
    night_money,
)
