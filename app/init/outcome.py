"""From offered tools to a draft that holds, and what has to be said about it."""

import re
from dataclasses import dataclass
from typing import Final

from app.init.declared import LeftOut, declared
from app.init.draft import Draft
from app.init.guess import Act, guess
from app.init.offered import Catalogue
from app.init.plan import ASKED, Plan, Wishes
from app.init.tried import tried
from dsl.canonical import path as paths
from dsl.errors import DrawbarError, Source
from dsl.parse import parse

_NAME_MOST: Final = 40


@dataclass(frozen=True, slots=True)
class Outcome:
    """A draft, and what came of each tool."""

    catalogue: Catalogue
    draft: Draft
    plan: Plan
    left_out: tuple[LeftOut, ...]

    @property
    def sorted(self) -> dict[str, list[str]]:
        """Return the tools by the rule that speaks of them: what is allowed first."""
        found = {"reading": [one.name for one in self.plan.allowed]}
        found["known_hosts"] = [one.name for one in self.plan.opening]
        asked = self.plan.asked.items()
        found |= {ASKED[act]: [one.name for one in tools] for act, tools in asked}
        return {rule: names for rule, names in found.items() if names}

    @property
    def doubts(self) -> list[str]:
        """Return in words what could not be told, the weightiest first."""
        plain = sorted(self.plan.plain & {one.name for one in self.plan.guesses})
        said = [f"{one.name}: left out, every call is denied: {one.why}" for one in self.left_out]
        said += [f"{name}: asked about only; a closer rule for it did not hold" for name in plain]
        unclear = self.plan.asked.get(Act.UNCLEAR, [])
        said += [f"{one.name}: {one.why}" for one in unclear if one.name not in plain]
        said += [f"{name}: no valid call was found to test it with" for name in self.draft.untried]
        return [*said, *self.catalogue.untold]


def make(catalogue: Catalogue, wishes: Wishes) -> Outcome:
    """Write a draft for what was offered."""
    if not catalogue.tools:
        raise DrawbarError("there are no tools to write a policy for")
    found, left_out = declared(catalogue)
    name = policy_name(catalogue.name)
    plan = Plan([guess(one) for one in found], wishes)
    made, kept = tried(name, catalogue.origin, plan)
    speaks_of = {one.name for one in kept.guesses}
    odd = [one.name for one in found if one.name not in speaks_of]
    why = "no rule or test that names it holds"
    return Outcome(catalogue, made, kept, (*left_out, *(LeftOut(name, why) for name in odd)))


def policy_name(words: str) -> str:
    """Make a policy's name of any words."""
    found = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:_NAME_MOST].strip("_")
    name = found if found and not found[0].isdigit() else f"tools_{found}".rstrip("_")
    try:
        parse(Source("name", f"policy {name} version 1;"))
    except DrawbarError:  # a word of the language
        return f"{name}_tools"
    return name


def folder_of(text: str) -> str | None:
    """Return a folder as rules can name it: absolute, and not the root of everything."""
    found = paths.canonical(text)
    return found if found is not None and found.startswith("/") and found != "/" else None
