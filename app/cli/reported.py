"""Prints what `drawbar report` found."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.cli.output import coloured
from dsl.errors import printable

if TYPE_CHECKING:
    from app.policy.policies import PolicySet
    from app.proposing import Draft
    from app.reporting import Kind, Report, Stop


def text(
    found: "Report",
    bound: "PolicySet",
    drafts: "list[Draft]",
    fault: str | None,
    *,
    values: bool,
) -> list[str]:
    """Return the report for people."""
    if found.first is None or found.last is None:
        return ["nothing was decided yet"]
    passed = sum(found.would.values())
    span = f"{found.first:%Y-%m-%d %H:%M} to {found.last:%Y-%m-%d %H:%M} UTC"
    lines = [
        f"{found.decisions:,} decisions about calls, {span}",
        *(f"{found.effects[effect]:8,} {effect}" for effect in ("allow", "ask", "deny")),
        f"{passed:8,} would come out otherwise if every policy enforced ({_share(found, passed)})",
    ]
    lines += [f"{found.dry_runs:8,} beside, as dry runs"] if found.dry_runs else []
    lines += _stops(found.ordered())
    lines += [*_shadows(found), *_glass(found)]
    lines += [f"no rules can be proposed: {fault}"] if fault is not None else []
    if drafts:
        lines += ["", "Nothing allows these calls. Rules to look at, one by one:"]
        lines += [f"\n{_printable_lines(one.text)}" for draft in drafts for one in draft.proposals]
        lines += [] if values else ["", "`--values` looks at arguments, and bounds them."]
    return [*lines, *_next(bound)]


def _share(found: "Report", number: int) -> str:
    return f"{number / found.decisions:.1%}" if found.decisions else "of none"


def _printable_lines(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


def _stops(stops: "list[tuple[Stop, Kind]]") -> list[str]:
    lines = []
    for observed, head in ((True, "Passed, and would be stopped:"), (False, "Stopped already:")):
        mine = [(stop, kind) for stop, kind in stops if stop.observed is observed]
        lines += ["", head] if mine else []
        for stop, kind in mine:
            effect = coloured(stop.effect, f"{stop.effect:5}")
            lines.append(
                f"{kind.number:8,}  {effect} {printable(stop.tool)}  ({printable(stop.why)})"
            )
            lines.append(f"            {'  '.join(kind.examples)}")
    return lines


def _shadows(found: "Report") -> list[str]:
    stops = found.in_shadow()
    lines = ["", "In shadow, would be decided so beside the rest:"] if stops else []
    for stop, kind in stops:
        effect = coloured(stop.effect, f"{stop.effect:5}")
        lines.append(f"{kind.number:8,}  {effect} {printable(stop.tool)}  ({printable(stop.why)})")
        lines.append(f"            {'  '.join(kind.examples)}")
    return lines


def _glass(found: "Report") -> list[str]:
    """Say how much was decided while a policy judged in place of another."""
    lines = ["", "While glass was broken:"] if found.glass else []
    shown = "decisions, `drawbar decisions --glass"
    return [*lines, *(f"{many:8,}  {shown} {name}`" for name, many in found.glass.most_common())]


def _next(bound: "PolicySet") -> list[str]:
    from app.binding.bindings import shown

    observing = bound.observing(datetime.now(UTC))
    lines = ["", *_rolled_out(bound)]
    if not observing and lines == [""]:
        return ["", "No policy of the folder observes: all enforce."] if bound.bound else []
    for policy, until in observing.items():
        lines.append(f"`{policy}` only observes until {shown(until)}. To let it enforce now:")
        lines.append(f"  drawbar enforce {policy}")
    return lines


def _rolled_out(bound: "PolicySet") -> list[str]:
    from app.binding.bindings import Rollout, rolled_out
    from app.binding.standing_by import standing_by

    less = [one for one in bound.bindings if one.rollout is not Rollout.ENFORCE]
    waits = [one for one in bound.bindings if one.stands_by_for is not None]
    return [*(f"{rolled_out(one)}." for one in less), *(f"{standing_by(one)}." for one in waits)]


def plain(
    found: "Report", bound: "PolicySet", drafts: "list[Draft]", fault: str | None
) -> dict[str, Any]:
    """Return the report for programs."""
    observing = bound.observing(datetime.now(UTC))
    return {
        "decisions": found.decisions,
        "dry_runs": found.dry_runs,
        "first": found.first and found.first.isoformat(),
        "last": found.last and found.last.isoformat(),
        "effects": dict(found.effects),
        "would": dict(found.would),
        "tools": dict(found.tools.most_common()),
        "stops": [
            {**_stop(stop, kind), "observed": stop.observed} for stop, kind in found.ordered()
        ],
        "glass": dict(found.glass.most_common()),
        "shadows": [_stop(stop, kind) for stop, kind in found.in_shadow()],
        "proposals": [
            {
                "policy": one.policy,
                "tool": one.tool,
                "text": one.text,
                "objections": list(one.objections),
            }
            for draft in drafts
            for one in draft.proposals
        ],
        "no_proposals": fault,
        "observing": {name: until.isoformat() for name, until in observing.items()},
    }


def _stop(stop: "Stop", kind: "Kind") -> dict[str, Any]:
    return {
        "tool": stop.tool,
        "effect": stop.effect,
        "why": stop.why,
        "number": kind.number,
        "examples": kind.examples,
    }
