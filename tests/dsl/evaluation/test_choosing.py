"""Tools chosen by what the tools file says: a server's own words accuse it and never clear it."""

import json
from typing import Any

import pytest

from dsl import toolspec
from dsl.errors import Source
from dsl.interpret import Bound, evaluate, evaluate_output
from dsl.model import By, Cause, Effect, Verdict
from tests.dsl.making import NOW, call, decide, policy
from tests.expect import expect_error

CARD = "4111 1111 1111 1111"
OPEN = 'default allow because "x"; '


def judged(text: str, **metadata: Any) -> Verdict:
    """Decide a call of a tool of which the tools file says this."""
    listed = [{"name": "send", "inputSchema": {"type": "object"}, **metadata}]
    tools = toolspec.read(Source("tools.json", json.dumps(listed)))
    return evaluate([Bound(policy(text), tools)], call(), NOW)


@pytest.mark.parametrize(
    ("metadata", "allowed", "denied"),
    [
        ({"risk": "high"}, "allow", "deny"),
        ({"risk": "low"}, "deny", "allow"),
        ({}, "deny", "deny"),
        ({"risk": None}, "deny", "deny"),
        ({"risk": 3}, "deny", "deny"),
    ],
)
def test_the_tools_file_chooses(metadata: Any, allowed: str, denied: str) -> None:
    """What the file says is known; what it does not say neither allows nor escapes."""
    assert allowed == judged('rule r: allow tools where risk == "high";', **metadata).effect
    assert denied == judged(OPEN + 'rule r: deny tools where risk == "high";', **metadata).effect


def test_without_a_tools_file_nothing_is_known_of_a_tool() -> None:
    """A selector by metadata then matches every tool in `deny`, and none in `allow`."""
    assert decide('rule r: allow tools where risk == "low";').effect is Effect.DENY
    assert decide(OPEN + 'rule r: deny tools where risk == "high";').effect is Effect.DENY


ACCUSED, CLEARED = {"destructiveHint": True}, {"destructiveHint": False}


@pytest.mark.parametrize("effect", ["ask", "deny"])
@pytest.mark.parametrize("annotations", [ACCUSED, CLEARED, {}, None, {"destructiveHint": "no"}])
@pytest.mark.parametrize(
    "where",
    [
        "annotations.destructiveHint == true",
        "annotations.destructiveHint",
        "annotations.destructiveHint? == true",
        "not annotations.destructiveHint == false",
        "present(annotations.destructiveHint) and annotations.destructiveHint == true",
        'risk == "high" and annotations.destructiveHint == true',
    ],
)
def test_what_rests_on_annotations_is_never_certain(
    effect: str, annotations: Any, where: str
) -> None:
    """Whatever the tool's server says, or does not say: it is unknown, and so the rule applies."""
    text = f"{OPEN} rule r: {effect} tools where {where};"
    verdict = judged(text, risk="high", annotations=annotations)

    expected = [(By.UNKNOWN, Cause.ANNOTATION)]
    assert effect == verdict.effect
    assert expected == [(one.by, one.cause) for one in verdict.reasons]


def test_a_servers_own_words_never_loosen_a_decision() -> None:
    """An ask that rests on them lifts no default, and beats no deny by its priority."""
    ask = "rule r: ask tools where annotations.readOnlyHint == true priority 9;"
    deny = 'rule d: deny tools where risk == "high";'
    words = {"readOnlyHint": True}

    assert judged(ask, risk="high", annotations=words).effect is Effect.DENY
    assert judged(ask + deny, risk="high", annotations=words).effect is Effect.DENY
    assert judged(OPEN + ask, risk="high", annotations=words).effect is Effect.ASK


@pytest.mark.parametrize("name", ["title", "_meta", "icons", "execution"])
def test_other_words_of_the_server_are_not_looked_at(name: str) -> None:
    """What `tools/list` gives beside annotations is no metadata of the operator's."""
    text = f'rule r: allow tools where {name} == "safe";'

    assert judged(text, **{name: "safe"}).effect is Effect.DENY
    assert judged(text.replace(name, "risk"), risk="safe").effect is Effect.ALLOW


def test_a_missing_annotations_object_is_as_good_as_none() -> None:
    """A server that says nothing of a tool has not cleared it."""
    text = OPEN + "rule r: deny tools where annotations.destructiveHint == true;"

    assert judged(text).effect is Effect.DENY


def test_what_the_operator_says_beside_it_still_decides() -> None:
    """A part that is known to be false leaves an annotation nothing to say."""
    text = OPEN + 'rule r: deny tools where risk == "high" and annotations.readOnlyHint == false;'

    assert judged(text, risk="low", annotations={}).effect is Effect.ALLOW
    assert judged(text, risk="high", annotations={"readOnlyHint": True}).effect is Effect.DENY


def test_the_rest_of_a_rule_must_hold_too() -> None:
    """A doubtful choice and a false condition do not apply."""
    text = OPEN + "rule r: deny tools where annotations.destructiveHint == true when {};"

    assert judged(text.format("1 == 2"), annotations=CLEARED).effect is Effect.ALLOW
    assert judged(text.format("1 == 1"), annotations=CLEARED).effect is Effect.DENY


def test_what_is_left_out_is_left_out_by_name() -> None:
    """`except` names tools, and holds whatever is said of them."""
    text = OPEN + "rule r: deny tools where annotations.destructiveHint == true except {};"

    assert judged(text.format("se*"), annotations=ACCUSED).effect is Effect.ALLOW
    assert judged(text.format("other"), annotations=ACCUSED).effect is Effect.DENY


def test_an_allow_never_reads_annotations() -> None:
    """A permission by what a server says of itself is an error when the policy is loaded."""
    expect_error(
        """
        rule r: allow tools where risk == "low" or annotations.readOnlyHint == true;
                                                   ^^^^^^^^^^^^^^^^^^^^^^^^
        """,
        message="an `allow` never reads annotations",
        help="annotations are the tool server's own words; name the tools, or use their `risk`",
        code="BAR105",
    )


def test_metadata_stands_in_selectors_alone() -> None:
    """A condition knows the call, and not what the tools file says."""
    expect_error(
        """
        rule r: allow send when annotations.readOnlyHint == true;
                                ^^^^^^^^^^^
        """,
        message="there is no value named `annotations`",
        help="values start with args, context, tool, now, agent, subject, session, fact",
        code="BAR107",
    )


def test_a_result_is_chosen_alike() -> None:
    """A rule on results looks at the same file, and there even a change applies by unknown."""
    redact = 'rule r on result: allow tools where risk == "high" with redact(result, "card");'
    refuse = "rule r on result: deny tools where annotations.openWorldHint == true;"

    assert came(redact, risk="high").changed == "[redacted]"
    assert came(redact).changed == "[redacted]"
    assert came(redact, risk="low").changed is None
    assert came(refuse, annotations=CLEARED).effect is Effect.DENY


def came(text: str, **metadata: Any) -> Verdict:
    """Decide a result of a tool of which the tools file says this."""
    listed = [{"name": "send", "inputSchema": {"type": "object"}, **metadata}]
    tools = toolspec.read(Source("tools.json", json.dumps(listed)))
    return evaluate_output([Bound(policy(text), tools)], call(), {"result": CARD}, NOW)
