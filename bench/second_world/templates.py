"""All templates of rules, and the one for what no feature tells."""

from collections.abc import Callable
from typing import Final

from bench.second_world.lore import Lore
from bench.second_world.money import MONEY
from bench.second_world.outward import OUTWARD
from bench.second_world.rules import Rule, fact
from bench.second_world.running import RUNNING
from bench.second_world.work import WORK

Template = Callable[[Lore], Rule]


def known_by_word(lore: Lore) -> Rule:
    """Something was said that stands nowhere: an objection, a payment by hand, a word."""
    name, tools = lore.rng.choice(
        (
            ("objected", ("send_email",)),
            ("objected", ("share_document", "create_event")),
            ("paid_already", ("pay_invoice", "issue_refund")),
            ("frozen_by_word", ("deploy", "remote_script")),
        )
    )
    return Rule("known_by_word", tools, (fact(name),), opaque=True)


TEMPLATES: Final[tuple[Template, ...]] = (*OUTWARD, *MONEY, *WORK, *RUNNING)
