"""`drawbar memory reviews` and `promote`: what waits for a person, and taking it over."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from app.cli.calling import Api, as_json
from app.cli.far import PAGE, paged
from app.cli.memory_acts import PLACE, TENANT, given
from app.cli.memory_similar import MOST, alike
from app.cli.options import FORMAT
from app.cli.output import Output
from app.cli.reaching import calling
from dsl.errors import printable

_EFFECT = click.option(
    "--effect",
    type=click.Choice(("ask", "deny")),
    default="ask",
    show_default=True,
    help="What the rule does in the policy.",
)
_KINDS: Final = {
    "rule": "a learned rule",
    "nomination": "denials that people say are wrong",
    "contradicted": "people took it over, and since then reports contradict it",
    "shadow": "a learned rule that waits for more reports",
    "no_separating_feature": "people contradict each other, and nothing tells the calls apart",
}


@click.command()
@click.argument("rule", required=False)
@click.option("--policy", help="With a rule: how this policy would be with it.")
@_EFFECT
@click.option(
    "--replay",
    type=click.IntRange(min=1, max=500),
    help="With --policy: judge so many of the newest decisions of a week; needs `audit` too.",
)
@click.option(
    "--similar",
    type=click.IntRange(1, MOST),
    help="With a rule: show so many calls that are like its own; needs `audit` too.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), default=PAGE, show_default=True, help="How many."
)
@TENANT
@FORMAT
@calling("`policy:read`")
def reviews(
    api: Api,
    rule: str | None,
    policy: str | None,
    effect: str,
    replay: int | None,
    similar: int | None,
    limit: int,
    tenant: str | None,
    output: str,
) -> None:
    """List what waits for a person, or look at one rule, as it would be in a policy.

    Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    wanted = given({"tenant": tenant})
    if rule is None:
        if any(one is not None for one in (policy, replay, similar)):
            raise click.UsageError("name a rule with --policy, --replay and --similar")
        told = {"reviews": list(paged(api, f"{PLACE}/reviews", "reviews", limit, wanted))}
    else:
        if policy is not None:
            wanted |= {"policy": policy, "effect": effect}
        if replay is not None:
            wanted["replay"] = str(replay)
        if similar is not None:
            wanted["similar"] = str(similar)
        told = api.get(f"{PLACE}/reviews/{rule}", wanted)
    if output == Output.JSON:
        click.echo(as_json(told))
        return
    found = told["reviews"] if rule is None else [told]
    for one in found:
        for line in (*_review(one), *_whole(one), ""):
            click.echo(printable(line))
    if not found:
        click.echo("nothing waits for a person")


@click.command()
@click.argument("rule")
@click.option("--policy", required=True, help="The policy that is to have it.")
@click.option(
    "--digest",
    required=True,
    help="Of what you looked at: `drawbar memory reviews RULE --policy POLICY` says it.",
)
@_EFFECT
@click.option("--note", default="", help="Why: it stands in the record.")
@TENANT
@FORMAT
@calling("`policy:publish`")
def promote(
    api: Api,
    rule: str,
    policy: str,
    digest: str,
    effect: str,
    note: str,
    tenant: str | None,
    output: str,
) -> None:
    """Begin a draft in which a policy of people has a learned rule.

    It decides nothing before it is published; edit it before, if you like: `drawbar policy pull
    FOLDER --draft NAME`. Exit codes: 0 clean, 1 could not run, 2 usage.
    """
    body = {"policy": policy, "diff_digest": digest, "effect": effect, "note": note}
    body |= given({"tenant": tenant})
    told = api.post(f"{PLACE}/rules/{rule}/promote", body)
    if output == Output.JSON:
        click.echo(as_json(told))
        return
    click.echo(printable(f"draft {told['draft']}: {told['file']}"))
    for line in str(told["diff"]).split("\n"):
        click.echo(printable(line))


def _review(one: Mapping[str, Any]) -> Iterator[str]:
    rule = one["rule"]
    reach = f"L={rule['bound']} reaches {rule['blast']:.2%} of a week's calls"
    yield f"{rule['id']}  {rule['side']} {rule['level']}  {reach}: {_KINDS[one['kind']]}"
    yield from (f"  {line}" for line in str(rule["dsl"]).split("\n"))
    for name in ("agreeing", "contradicting"):
        for each in one[name]:
            yield f"  {name}: {each['label']} {each['decision_id']} ({each['id']})"
    if one["missing"]:
        yield f"  looked at {', '.join(one['missing'])}: send what tells them apart in `context`"
    yield from (f"  {line}" for each in one["findings"] for line in each.split("\n"))
    for each in one["promoted"]:
        yield f"  in draft {each['draft']} of {each['policy']} since {each['at']}"


def _whole(one: Mapping[str, Any]) -> Iterator[str]:
    made, replayed = one.get("proposal"), one.get("replay")
    if made is not None:
        yield from (f"  {line}" for line in str(made["diff"]).split("\n"))
        yield from (line for each in made["findings"] for line in each["shown"].split("\n"))
        yield f"  {len(made['tests'])} tests hold"
        yield f"  digest {made['diff_digest']}"
    if replayed is not None:
        yield f"  of {replayed['judged']} decisions {replayed['same']} come out the same"
        for each in replayed["changes"]:
            change = f"{each['before']} -> {each['after']} by {each['rule']}"
            yield f"  {each['number']} {change}, as {each['examples'][0]['decision']}"
    if one.get("similar") is not None:
        yield from (f"  {line}" for line in alike(one["similar"]))
