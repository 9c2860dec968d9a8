"""One corpus of calls for every seat, and what must come of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.parity.call import Call
from tests.parity.policies import GIVES

IBAN: Final = "GB29NWBK60161331926819"
PAYEE: Final = "DE89370400440532013000"
BIDI: Final = '{"text": "caf\\u00e9 \\u202eevil\\u202c \\u200bZ\\u0000 \\ud83d\\ude00"}'


@dataclass(frozen=True, slots=True)
class User:
    """The user said something."""

    text: str


@dataclass(frozen=True, slots=True)
class Made:
    """A call was made; it came back, or waits for its result."""

    tool: str
    args: Mapping[str, Any]
    returned: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """A call, what happened in its session before, and what must be decided.

    `people` say so of what is asked, one after the other; then whoever called comes back. `ran`
    are the arguments that reach the tool, if they are not those of the call. `shown` is what is
    shown of what came back, if that is not all of it.
    """

    name: str
    call: Call
    effect: str
    reason: str
    rule: str | None = None
    before: tuple[User | Made, ...] = ()
    people: tuple[tuple[str, str], ...] = ()
    ran: str | None = None
    shown: Any = None
    withheld: bool = False

    @property
    def runs(self) -> str | None:
        """Return the arguments that reach the tool."""
        dry = self.call.options.get("dry_run", False)
        if self.effect != "allow" or dry:
            return None
        return self.ran or self.call.args

    @property
    def gives(self) -> Any:
        """Return what is shown of what the tool gives back."""
        return GIVES[self.call.tool] if self.shown is None else self.shown


def _deep(levels: int) -> str:
    """Write arguments that are nested so deep, counted from their own braces."""
    return '{"a": ' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


TEXT: Final = frozenset(("text",))
DIGITS: Final = frozenset(("digits",))
ALLOWED, ASKED, DENIED = ("allow", "rule"), ("ask", "rule"), ("deny", "rule")
INVALID, NO_RULE = ("deny", "invalid_call"), ("deny", "no_rule")
APPROVED, REJECTED = ("allow", "approved"), ("deny", "rejected")
UNSUPPORTED, UNSTABLE = ("deny", "unsupported_obligation"), ("deny", "transform_unstable")

BY_RULES: Final = (
    Case("allowed", Call("pay", '{"amount": 5}'), *ALLOWED, "bank/small"),
    Case("denied with a reply", Call("pay", '{"amount": 5000}'), *DENIED, "bank/huge"),
    Case("denied with a because", Call("erase"), *DENIED, "bank/never"),
    Case("no rule names the tool", Call("idle"), *NO_RULE),
    Case("no rule fits", Call("search", '{"text": "x"}'), *NO_RULE),
    Case("a member is missing", Call("pay", "{}"), *INVALID),
    Case("a member is of another type", Call("pay", '{"amount": "5"}'), *INVALID),
    Case("a member is not declared", Call("pay", '{"amount": 5, "cc": "x"}'), *INVALID),
    Case("the tool is not declared", Call("strange"), *INVALID),
    Case("an allow is unknown", Call("lend"), *NO_RULE),
    Case("an ask is unknown", Call("borrow"), *ASKED, "bank/asks"),
    Case("a deny is unknown", Call("spend"), *DENIED, "bank/denies"),
    Case("a deny is unknown by its type", Call("spend", '{"sum": "x"}'), *DENIED, "bank/denies"),
    Case("a fact cannot be had, to allow", Call("draw", '{"id": "a", "amount": 1}'), *NO_RULE),
    Case(
        "a fact cannot be had, to deny",
        Call("raise", '{"id": "a", "amount": 1}'),
        *DENIED,
        "bank/over",
    ),
    Case("one policy only observes", Call("tried", '{"n": 9}'), "allow", "observe"),
    Case("it has nothing to say", Call("tried", '{"n": 1}'), *ALLOWED, "bank/tries"),
)
BY_PEOPLE: Final = (
    Case("people are asked", Call("pay", '{"amount": 500}'), *ASKED, "bank/large"),
    Case("anybody is asked", Call("publish"), *ASKED, "bank/publishes"),
    Case("a role is asked", Call("transfer"), *ASKED, "bank/transfers"),
    Case("the user is asked", Call("agree"), *ASKED, "bank/agrees"),
    Case("anybody says yes", Call("publish"), *APPROVED, people=(("anybody", "approve"),)),
    Case("the role says yes", Call("transfer"), *APPROVED, people=(("treasury", "approve"),)),
    Case("the user says yes", Call("agree"), *APPROVED, people=(("user", "approve"),)),
    Case("anybody says no", Call("publish"), *REJECTED, people=(("anybody", "reject"),)),
    Case("one of two says yes", Call("both"), *ASKED, people=(("treasury", "approve"),)),
    Case(
        "both say yes",
        Call("both"),
        *APPROVED,
        people=(("treasury", "approve"), ("anybody", "approve")),
    ),
)
CHANGED: Final = (
    Case(
        "arguments are changed",
        Call("search", '{"limit": 99, "text": "x"}'),
        *ALLOWED,
        "bank/caps",
        ran='{"limit": 10, "text": "x"}',
    ),
    Case("they need no change", Call("search", '{"limit": 9}'), *ALLOWED, "bank/finds"),
    Case("something is added", Call("widen"), *ALLOWED, "bank/widens", ran='{"sum": 1}'),
    Case(
        "it is changed to many digits",
        Call("precise", needs=DIGITS),
        *ALLOWED,
        "bank/precise",
        ran='{"n": 0.10000000000000000000000001}',
    ),
    Case("a change changes again", Call("flip", '{"n": 1}'), *UNSTABLE),
    Case("somebody would have to be told", Call("tell"), *UNSUPPORTED),
    Case("something must follow", Call("wipe"), *ALLOWED, "bank/wipes"),
)
BY_HISTORY: Final = (
    Case("two are counted", Call("count"), *ALLOWED, "bank/counts", (Made("count", {}),)),
    Case(
        "three are too many",
        Call("count"),
        *DENIED,
        "bank/at_most_two",
        (Made("count", {}), Made("count", {})),
    ),
    Case(
        "one that waits is counted",
        Call("count"),
        *DENIED,
        "bank/at_most_two",
        (Made("count", {}), Made("count", {}, returned=False)),
    ),
    Case("something must come before", Call("act"), *DENIED, "bank/acts"),
    Case("it came before", Call("act"), *ALLOWED, "bank/acts", (Made("verify", {}),)),
    Case("what must follow did not", Call("wipe"), *DENIED, "bank/wipes", (Made("wipe", {}),)),
    Case(
        "the user named it",
        Call("send", f'{{"recipient": "{IBAN}"}}'),
        *ALLOWED,
        "bank/sends",
        (User(f"Send 5 to {IBAN}"),),
    ),
    Case(
        "a trusted result named it",
        Call("send", f'{{"recipient": "{PAYEE}"}}'),
        *ALLOWED,
        "bank/sends",
        (User("Pay the rent"), Made("payees", {})),
    ),
    Case(
        "only a stranger named it",
        Call("send", f'{{"recipient": "{IBAN}"}}'),
        *DENIED,
        "bank/strangers",
        (User("Read my mail"), Made("mail", {})),
    ),
    Case(
        "nobody named it",
        Call("send", f'{{"recipient": "{IBAN}"}}'),
        *NO_RULE,
        before=(User("Do something"),),
    ),
    Case("nothing foreign was seen", Call("quiet"), *ALLOWED, "bank/quiet"),
    Case("something foreign was seen", Call("quiet"), *DENIED, "bank/tainted", (Made("mail", {}),)),
    Case(
        "it holds a secret",
        Call("post", '{"body": "It is C01X00T47"}'),
        *DENIED,
        "bank/leaks",
        (Made("user_info", {}),),
    ),
    Case(
        "it holds none",
        Call("post", '{"body": "It is fine"}'),
        *ALLOWED,
        "bank/posts",
        (Made("user_info", {}),),
    ),
)
RESULTS: Final = (
    Case("the result is withheld", Call("secrets"), *ALLOWED, "bank/reads", withheld=True),
    Case(
        "the result is changed",
        Call("cards"),
        *ALLOWED,
        "bank/reads",
        shown={"card": "[redacted]", "owner": "Ada", "rest": 12.5},
    ),
)
WRITTEN: Final = (
    Case("a tenth", Call("exact", '{"n": 0.1}'), *ALLOWED, "bank/exactly"),
    Case(
        "a bit more than a tenth",
        Call("exact", '{"n": 0.10000000000000000000000000000000000001}', needs=DIGITS),
        *DENIED,
        "bank/more",
    ),
    Case("a number with a point", Call("one", '{"n": 1.0}'), *ALLOWED, "bank/one"),
    Case("a number without", Call("one", '{"n": 1}'), *ALLOWED, "bank/one"),
    Case("a number with an exponent", Call("one", '{"n": 1e0}'), *ALLOWED, "bank/one"),
    Case("a long number", Call("say", '{"n": 1234567890123456789012345678901234567890}'), *ALLOWED),
    Case("a longer one", Call("say", '{"n": 12345678901234567890123456789012345678901}'), *INVALID),
    Case(
        "many digits",
        Call("say", '{"n": 12345678901234567890.12345678901234567890}', needs=DIGITS),
        *ALLOWED,
    ),
    Case("a large exponent", Call("say", '{"n": 1e65}', needs=DIGITS), *INVALID),
    Case("signs that turn and hide", Call("say", BIDI), *ALLOWED, "bank/says"),
    Case(
        "arguments with odd names",
        Call("say", '{"": 1, "a b": 2, "self": 3, "name": 4, "args": {"session": null}}'),
        *ALLOWED,
        "bank/says",
    ),
    Case("half a sign", Call("say", '{"text": "\\ud800"}', needs=TEXT), *INVALID),
    Case("a key twice", Call("pay", '{"amount": 5, "amount": 5000}', needs=TEXT), *INVALID),
    Case("a key twice, deep", Call("keep", '{"a": [{"b": 1, "b": 2}]}', needs=TEXT), *INVALID),
    Case("no number", Call("say", '{"n": NaN}', needs=TEXT), *INVALID),
    Case("nested deep", Call("keep", _deep(64)), *ALLOWED, "bank/keeps"),
    Case("nested too deep", Call("keep", _deep(65)), *INVALID),
)
SAID: Final = (
    Case(
        "a dry run",
        Call("pay", '{"amount": 5}', {"dry_run": True}, frozenset(("dry_run",))),
        *ALLOWED,
        "bank/small",
    ),
    Case(
        "a dry run that asks",
        Call("publish", "{}", {"dry_run": True}, frozenset(("dry_run",))),
        *ASKED,
        "bank/publishes",
    ),
    Case(
        "with a context",
        Call("where", "{}", {"context": {"place": "home"}}, frozenset(("context",))),
        *ALLOWED,
        "bank/at_home",
    ),
    Case(
        "with another context",
        Call("where", "{}", {"context": {"place": "bar"}}, frozenset(("context",))),
        *NO_RULE,
    ),
    Case(
        "with a fact",
        Call("where", '{"id": "a"}', {"facts": {"told": "yes"}}, frozenset(("facts",))),
        *ALLOWED,
        "bank/by_fact",
    ),
    Case("without them", Call("where", '{"id": "a"}'), *NO_RULE),
    Case(
        "with an approval of nothing",
        Call("publish", "{}", {"approval": "apr_nothing"}, frozenset(("approval",))),
        *ASKED,
        "bank/publishes",
    ),
)
CORPUS: Final = (*BY_RULES, *BY_PEOPLE, *CHANGED, *BY_HISTORY, *RESULTS, *WRITTEN, *SAID)
# Of each kind one.
CORE: Final = frozenset(
    (
        "allowed",
        "denied with a reply",
        "no rule names the tool",
        "a member is missing",
        "an ask is unknown",
        "one policy only observes",
        "anybody says yes",
        "anybody says no",
        "arguments are changed",
        "something must follow",
        "three are too many",
        "only a stranger named it",
        "it holds a secret",
        "the result is withheld",
        "the result is changed",
        "signs that turn and hide",
        "nested deep",
    )
)
