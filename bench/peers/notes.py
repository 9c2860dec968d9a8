"""What the page says of each engine in words, each sentence beside the answers that it rests on.

A sentence that no longer rests on anything stops the page from being written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence, the cells it rests on as `PROBE/WORDING`, and the answers to extra questions."""

    words: str
    cells: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, str] = field(default_factory=dict)


NOTES: Final[Mapping[str, tuple[Note, ...]]] = {
    "cedarpy": (
        Note(
            "A `forbid` whose condition fails is skipped, so a missing or mistyped argument passes "
            "it; an erring `permit` is skipped too, which is why the allow rules hold.",
            {"A03/idiomatic": "open", "A04-1/idiomatic": "open", "A01/idiomatic": "held"},
        ),
        Note(
            "With `has` and a schema that requests are held against, which is what Cedar's "
            "documentation advises, all of these hold. Where a probe has a tools file, a schema "
            "goes with both wordings.",
            {"A03/defensive": "held", "A04-1/defensive": "held", "A05/defensive": "held"},
        ),
        Note(
            "The validator alone rejects the bare rule if the schema has the argument as optional; "
            "if it is required, and requests are not validated, the call without it passes.",
            extras={"extra-optional": "refused", "extra-required": "allowed"},
        ),
        Note(
            "A product beyond 64 bits makes a `forbid` fail, which is then skipped.",
            extras={"extra-overflow": "allowed"},
        ),
        Note(
            "The JSON text of the context may have a key twice, and the last one counts.",
            {"A09-2/idiomatic": "open", "B07-1/defensive": "open"},
        ),
        Note(
            "There are no regular expressions to go wrong: `like` holds the whole value. Its star "
            "takes line feeds too, so that a line of the attacker's may stand before the address.",
            {"B01-1/idiomatic": "held", "B02-1/idiomatic": "held", "B01-3/idiomatic": "open"},
        ),
        Note(
            "Cedar's own analysis tools, which can report overlaps, are not in this package and "
            "were not run.",
        ),
    ),
    "opa": (
        Note(
            "A condition that cannot be evaluated is undefined, so the usual `allow if not deny` "
            "allows; written as `deny if not elsewhere`, with `is_string`, the same rules hold.",
            {"A03/idiomatic": "open", "A03/defensive": "held", "A04-2/defensive": "held"},
        ),
        Note(
            "Values of different types have an order, in which any text is above any number; so a "
            "limit happens to hold against a text.",
            {"A05/idiomatic": "held"},
        ),
        Note(
            "`json.match_schema` of this version reads past `pattern`; later versions do not, as "
            "their repository says (pull request 8686). A `regex.match` in its place holds.",
            {"B06-1/idiomatic": "open", "B06-1/defensive": "held"},
        ),
        Note(
            "A pattern that cannot be compiled is found by no check of this program, and the rule "
            "that has it never applies. OPA's linter Regal, which is another program and was not "
            "run, documents a rule for it (`invalid-regexp`).",
            {"B04/idiomatic": "open", "B04/defensive": "open"},
        ),
        Note(
            "With schema annotations `opa check` knows arguments that do not exist and equations "
            "across types, and not comparisons by order across types.",
            {"A06/defensive": "held", "C04/defensive": "held", "C03/defensive": "open"},
        ),
        Note(
            "A number such as 1e999999999 is passed on unread; a rule that computes with it ends "
            "the request without an answer.",
            {"B07-2/idiomatic": "open", "B07-2/defensive": "raised"},
        ),
        Note(
            "A body that is no JSON is answered with status 400, and two values for one rule with "
            "status 500. Neither is a decision, so both count as raised.",
            {"B07-12/idiomatic": "raised", "A13-2/idiomatic": "raised"},
        ),
    ),
    "regopy": (
        Note(
            "Another Rego, given the policies of OPA. What is undefined is as there; it reads more "
            "without a word, such as a name that nobody has, and it compares a text with a number "
            "otherwise.",
            {
                "A03/idiomatic": "open",
                "A03/defensive": "held",
                "C02-2/idiomatic": "open",
                "A05/idiomatic": "open",
            },
        ),
        Note(
            "Its regular expressions backtrack, and `^` holds at the beginning of each line.",
            {"B03-2/idiomatic": "raised", "B01-3/defensive": "open"},
        ),
    ),
    "casbin": (
        Note(
            "What cannot be evaluated is a Python exception from `enforce`, neither an allow nor a "
            "deny: what follows depends on the caller. Rules that ask first, by functions that the "
            "host registers, hold.",
            {"A01/idiomatic": "raised", "A03/idiomatic": "raised", "A03/defensive": "held"},
        ),
        Note(
            "`regexMatch` holds the beginning of a value, not its end, and backtracks.",
            {"B01-1/idiomatic": "open", "B02-1/idiomatic": "open", "B03-2/idiomatic": "raised"},
        ),
        Note(
            "Rules are read as text and understood at each decision, so mistakes in them show "
            "there. A line of an unknown kind is skipped, and an unknown effect counts as none.",
            {"C02-2/idiomatic": "raised", "C02-1/idiomatic": "open"},
        ),
    ),
    "cel": (
        Note(
            "A missing key, a wrong type or an integer out of range is a Python exception, neither "
            "an allow nor a deny; `has` and `type` in the expression hold.",
            {"A01/idiomatic": "raised", "A04-1/idiomatic": "raised", "A04-1/defensive": "held"},
        ),
        Note(
            "`matches` searches, in linear time; anchored, it holds.",
            {"B01-1/idiomatic": "open", "B01-1/defensive": "held", "B03-2/idiomatic": "held"},
        ),
        Note(
            "An expression is parsed when it is read, and its names are looked up at each "
            "decision. The package can list the names beforehand; a host that does so finds the "
            "unknown ones.",
            {"C02-2/idiomatic": "raised", "C02-2/defensive": "held", "B04/defensive": "raised"},
        ),
        Note(
            "Effects beside yes and no, changes and replies are what a host makes of the value; "
            "the policies here return words and maps.",
        ),
    ),
    "oso": (
        Note("The library is deprecated, as its own description says; 0.27.3 is its last version."),
        Note(
            "A condition on a key or method that is not there fails quietly, so an allow rule "
            "holds and `not denied` lets the call pass. Some wrong types raise instead. Asked the "
            "other way, with `matches String`, the same rules hold.",
            {"A01/idiomatic": "held", "A03/idiomatic": "open", "A05/idiomatic": "raised"},
        ),
        Note(
            "Unknown rules and variables are errors when a policy is read.",
            {"C02-1/idiomatic": "held", "C02-2/idiomatic": "held"},
        ),
        Note(
            "A policy without a single `allow` rule is read with a warning, and raises when asked.",
            {"C01-1/idiomatic": "raised", "C01-2/idiomatic": "raised"},
        ),
    ),
    "agt": (
        Note(
            "Two kinds of YAML are in the package. Rules with a text as their condition, which "
            "`govern` uses, are asked where they can say it; rules with a field, an operator and a "
            "value where a pattern or a part of a text is wanted. The latter know no `and`; the "
            "sound calls were asked of them.",
        ),
        Note(
            "A missing field makes a condition false in both; with a denial of what no rule "
            "allows, the same probes hold. Rules deny by default, and so does the engine without a "
            "policy.",
            {
                "A03/idiomatic": "open",
                "A03/defensive": "held",
                "A01/idiomatic": "held",
                "C01-1/idiomatic": "held",
                "C05-1/idiomatic": "held",
            },
        ),
        Note(
            "A comparison that fails denies the call, where a field has an operator.",
            {"A04-2/idiomatic": "held", "A04-5/idiomatic": "held"},
        ),
        Note(
            "In a condition that is a text, a missing number counts as 0.",
            extras={"extra-missing": "allowed"},
        ),
        Note(
            "A condition that is not understood, as one with an unknown function, is read without "
            "a word and never applies, and an unknown field of a rule is passed over; the "
            "toolkit's own validation sees neither.",
            {"C02-1/defensive": "open", "C02-2/defensive": "open"},
        ),
        Note(
            "A broken pattern is read too; each call that it is held against is then denied.",
            {"B04/idiomatic": "open"},
        ),
        Note(
            "`matches` searches, by Python's backtracking expressions.",
            {"B01-1/idiomatic": "open", "B03-2/idiomatic": "raised"},
        ),
        Note("Its backends for Rego and Cedar are these two engines, and were not asked again."),
    ),
    "invariant": (
        Note(
            "Rules deny, and what no rule denies is allowed: so is every call where there is no "
            "rule. An allow list is written as a denial of all else.",
            {"C01-1/idiomatic": "open", "C05-1/idiomatic": "open", "A10-1/idiomatic": "held"},
        ),
        Note(
            "An argument that is missing, or of the wrong type, raises where a condition names it; "
            "in a pattern such as `tool:read({path: ...})` it only does not match, so a denial by "
            "pattern lets it pass, and a denial of all but the pattern holds. Conditions have no "
            "test of a number's type.",
            {"A01/idiomatic": "raised", "A03/idiomatic": "open", "A03/defensive": "held"},
        ),
        Note(
            "`not x in [...]` without parentheses is read as `(not x) in [...]`, without a word.",
            extras={"extra-not": "allowed"},
        ),
        Note(
            "Patterns hold the whole value, but for a line feed at its end, and backtrack.",
            {"B01-1/idiomatic": "held", "B02-1/idiomatic": "open", "B03-2/idiomatic": "raised"},
        ),
        Note(
            "The arguments are read by Python's `json`: of two equal keys the last counts, and NaN "
            "and numbers of any size pass.",
            {"A09-2/idiomatic": "open", "B07-6/idiomatic": "open", "B07-2/idiomatic": "open"},
        ),
        Note(
            "Flows over a whole trace, which are what it is for, are not in these sections.",
        ),
    ),
}
