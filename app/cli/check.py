"""`drawbar check`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from app.binding import trial
from app.binding.bindings import shown
from app.binding.shadowing import with_shadows
from app.binding.standing_by import StandIn
from app.binding.whom import Whom
from app.cli.exits import ExitCode
from app.cli.options import FACT, FORMAT, NOW, POLICIES, TOOLS, USER
from app.cli.output import Output, coloured, dump
from app.cli.times import instant
from app.deciding.wording import message
from app.policy import policies
from app.policy.policies import PolicySet
from dsl import strictjson
from dsl.interpret import Bound, evaluate
from dsl.model import Effect, Reason, Subject, ToolCall, Verdict
from dsl.session.session import Session
from dsl.testing.run import in_words

EDGE = "http"
_EXITS = {Effect.ALLOW: ExitCode.CLEAN, Effect.DENY: ExitCode.DENY, Effect.ASK: ExitCode.ASK}
_MEMBERS = {
    "tool": str,
    "args": dict,
    "server": str,
    "call_id": str,
    "subject": dict,
    "agent": dict,
    "session": str,
    "context": dict,
}


@click.command()
@POLICIES
@click.option(
    "--call",
    required=True,
    help='The call, as JSON: {"tool": "pay", "args": {"amount": 5}}.',
)
@TOOLS
@USER
@FACT
@NOW
@click.option(
    "--environment",
    envvar="DRAWBAR_ENVIRONMENT",
    help="Where the gateway runs, as `bindings.toml` may ask (default: $DRAWBAR_ENVIRONMENT).",
)
@click.option(
    "--broken",
    multiple=True,
    metavar="POLICY",
    help="As if glass were broken for POLICY: what stands by for it judges in its place.",
)
@FORMAT
def check(
    policy: tuple[Path, ...],
    call: str,
    tools: Path | None,
    user: tuple[str, ...],
    facts: Mapping[str, Any],
    now: str | None,
    environment: str | None,
    broken: tuple[str, ...],
    output: str,
) -> None:
    """Decide one call here, without a server; nothing is recorded.

    The session is empty but for what `--user` says; facts are what `--fact` says, else unknown.
    `drawbar explain` tells more of the reasons. Where a folder binds its policies, they are those
    of the HTTP edge, of the tenant `default` and of the call's agent; a canary enforces.
    Exit codes: 0 allow, 1 could not run, 2 usage, 4 deny, 5 ask.
    """
    moment, wanted = instant(now, "--now") or datetime.now(UTC), read_call(call)
    whom = Whom(EDGE, agent=wanted.agent, environment=environment)
    found = policies.load(policy, tools)
    here = found.under(_broken(found, broken)).at(whom)

    def session(bound: Sequence[Bound]) -> Session:
        return Session([one.policy for one in bound], list(user), dict(facts), call=wanted)

    def beside(bound: Sequence[Bound]) -> Verdict:
        return evaluate(bound, wanted, moment, session(bound))

    refuse_unknown_facts((*here.bound, *here.shadowed), facts)
    state = session(here.bound)
    alone = trial.judged(here, moment, lambda bound: evaluate(bound, wanted, moment, state))
    verdict = with_shadows(here, alone, moment, beside)
    click.echo(_json(verdict, wanted) if output == Output.JSON else _text(verdict, wanted))
    raise SystemExit(_EXITS[verdict.effect])


def _broken(found: PolicySet, named: Sequence[str]) -> tuple[StandIn, ...]:
    """Return what judges in place of the policies that are named."""
    for one in named:
        if one not in found.stand_ins.values():
            raise click.BadParameter(f"nothing stands by for `{one}`", param_hint="--broken")
    return tuple(
        StandIn("--broken", policy, stand_in)
        for stand_in, policy in found.stand_ins.items()
        if policy in named
    )


def session_of(
    bound: Sequence[Bound], call: ToolCall, user: Sequence[str], facts: Mapping[str, Any]
) -> Session:
    """Return the session that a call made by hand stands in."""
    refuse_unknown_facts(bound, facts)
    return Session([one.policy for one in bound], list(user), dict(facts), call=call)


def refuse_unknown_facts(bound: Sequence[Bound], facts: Mapping[str, Any]) -> None:
    """Refuse a fact that no policy asks for: it is misspelt."""
    declared = {fact.name for one in bound for fact in one.policy.facts}
    for name in facts:
        if name not in declared:
            close = get_close_matches(name, declared, n=1)
            hint = f"; did you mean `{close[0]}`?" if close else ""
            words = f"no policy has a fact `{name}`{hint}"
            raise click.BadParameter(words, param_hint="--fact")


def read_call(text: str) -> ToolCall:
    """Read a call as people type it."""
    try:
        body = strictjson.read(text)
    except strictjson.InvalidJson as error:
        raise _bad(f"{error}{f' at {error.path}' if error.path else ''}") from error
    if not isinstance(body, dict):
        raise _bad("a JSON object is expected")
    for name, value in body.items():
        if name not in _MEMBERS:
            raise _bad(f"there is no member `{name}`; there are {', '.join(_MEMBERS)}")
        if not isinstance(value, _MEMBERS[name]):
            raise _bad(f"`{name}` is not {'an object' if _MEMBERS[name] is dict else 'a text'}")
    for needed in ("tool", "args"):
        if needed not in body:
            raise _bad(f"the member `{needed}` is missing")
    return _call(body)


def _call(body: dict[str, Any]) -> ToolCall:
    subject, agent = body.get("subject", {}), body.get("agent", {})
    roles = subject.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise _bad("`subject.roles` is not a list of texts")
    return ToolCall(
        call_id=body.get("call_id", "check"),
        tool=body["tool"],
        args=body["args"],
        server=body.get("server"),
        subject=Subject(_id(subject, "subject", "roles"), tuple(roles)),
        agent=_id(agent, "agent"),
        session=body.get("session"),
        context=body.get("context", {}),
    )


def _id(claim: dict[str, Any], name: str, *others: str) -> str | None:
    """Return the `id` of a subject or agent, and refuse what else stands there."""
    known = ("id", *others)
    for member in claim:
        if member not in known:
            raise _bad(f"`{name}` has no member `{member}`; there are {', '.join(known)}")
    found = claim.get("id")
    if found is not None and not isinstance(found, str):
        raise _bad(f"`{name}.id` is not a text")
    return found


def _bad(words: str) -> click.BadParameter:
    return click.BadParameter(words, param_hint="--call")


def _shadow(one: Reason) -> str:
    said = f"rule {one.rule}" if one.rule is not None else f"policy {one.policy} ({one.code})"
    return f"{said} would {one.effect}"


def _json(verdict: Verdict, call: ToolCall) -> str:
    reasons = [asdict(reason) for reason in verdict.reasons]
    return dump(
        {
            "effect": verdict.effect,
            "reason": verdict.code,
            "retryable": verdict.retryable and verdict.effect is not Effect.ALLOW,
            "message": message(verdict, call),
            "reasons": reasons,
            "args": verdict.changed,
            "changes": [asdict(change) for change in verdict.changes],
            "obligations": [asdict(one) for one in verdict.obligations],
            "approval": _approval(verdict),
            "would": verdict.would,
            "observe_until": verdict.observe_until and verdict.observe_until.isoformat(),
            "shadow": [asdict(reason) for reason in verdict.shadow],
        }
    )


def _approval(verdict: Verdict) -> dict[str, Any] | None:
    if verdict.approval is None:
        return None
    expires = verdict.approval.expires
    return {
        "needs": [asdict(need) for need in verdict.approval.needs],
        "expires_s": None if expires is None else int(expires.total_seconds()),
    }


def _text(verdict: Verdict, call: ToolCall) -> str:
    reasons = in_words(verdict).removeprefix(f"{verdict.effect}: ")
    lines = [f"{coloured(verdict.effect)}  {reasons}", message(verdict, call)]
    if verdict.changed is not None:
        lines.append(f"changed to {strictjson.canonical(verdict.changed)}")
    lines += [f"requires {one.type} {one.to} (rule {one.rule})" for one in verdict.obligations]
    if verdict.would is not None and verdict.observe_until is not None:
        lines.append(f"would     {verdict.would} from {shown(verdict.observe_until)} on")
    lines += [f"shadow    {_shadow(one)}" for one in verdict.shadow]
    return "\n".join(lines)
