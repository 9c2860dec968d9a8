"""The gateway that runs: whether it is ready, and in force what the folder holds."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from app.doctor.check import Check, finding, note, ok
from app.policy.policies import PolicySet
from app.settings import Settings

SECONDS = 10.0


def address(settings: Settings, url: str | None) -> tuple[str, str | None]:
    """Return where the gateway is: an address, and the socket it is reached by, if it is one."""
    if url is not None:
        return url.rstrip("/"), None
    if settings.uds is not None:
        return "http://localhost", str(settings.uds)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - every address is also this one  # nosec B104
    return (
        f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}",
        None,
    )


def client(where: tuple[str, str | None]) -> httpx.Client:
    """Return what asks a gateway."""
    base, uds = where
    transport = None if uds is None else httpx.HTTPTransport(uds=uds)
    return httpx.Client(base_url=base, transport=transport, timeout=SECONDS, trust_env=False)


def running(
    asks: httpx.Client, where: str, policies: PolicySet, *, wanted: bool
) -> Iterator[Check]:
    """Ask a gateway whether it is ready, and with which policies."""
    try:
        told = asks.get("/readyz").json()
        faults, revision = list(told["faults"]), told["revision"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        words = f"no gateway answers at {where} ({type(error).__name__})"
        hint = "start it with `drawbar serve`, or name another with --url"
        yield finding("unreachable", words, hint) if wanted else note("unreachable", words, hint)
        return
    for fault in faults:
        hint = "look into its log; docs/operations.md says what each word means"
        yield finding("not_ready", f"the gateway at {where} is not ready: {fault}", hint)
    counted = _counted(asks)
    yield from _silent(counted)
    yield from _frozen(counted)
    yield from _broken(told.get("broken", ()))
    if told.get("refused"):
        words = f"the gateway at {where} refused what the folder holds now"
        hint = "its log says why; `drawbar lint` finds most of it"
        yield finding("refused", words, hint)
    elif policies.bound and not _is_in_force(policies, told):
        words = f"the gateway at {where} has other policies in force than this folder ({revision})"
        yield finding("other_policies", words, "name the folder it reads with --policies")
    elif not faults:
        since = _since(counted)
        yield ok("gateway", f"the gateway at {where} is ready, revision {revision}{since}")


def _is_in_force(policies: PolicySet, told: Mapping[str, Any]) -> bool:
    """Tell whether a gateway decides by these policies, also where memory added to them."""
    written = told.get("written")
    if written is not None:
        return bool(written == policies.digest)
    return str(told["revision"]).endswith(policies.digest[:19])


def _counted(asks: httpx.Client) -> Sequence[str]:
    """Return what the gateway counts, line by line; nothing where it does not say."""
    try:
        return asks.get("/metrics").text.splitlines()
    except httpx.HTTPError:
        return ()


def _number(counted: Sequence[str], name: str) -> float | None:
    """Return a figure that has no labels."""
    found = next((line for line in counted if line.startswith(f"{name} ")), None)
    return None if found is None else float(found.rpartition(" ")[2])


def _since(counted: Sequence[str]) -> str:
    """Say for how long the revision was in force here."""
    age = _number(counted, "drawbar_revision_age_seconds")
    if age is None:
        return ""
    spans = ((86_400, "days"), (3_600, "hours"), (60, "minutes"))
    size, unit = next((one for one in spans if age >= 2 * one[0]), (1, "seconds"))
    return f", taken up {int(age / size)} {unit} ago"


def _frozen(counted: Sequence[str]) -> Iterator[Check]:
    """Say how many are frozen: nothing they ask for is let through."""
    if number := int(_number(counted, "drawbar_frozen") or 0):
        words = f"{number} tenants, subjects or agents are frozen: every call of theirs is denied"
        yield note("frozen", words, "thaw them once what happened is understood")


def _broken(told: object) -> Iterator[Check]:
    """Say what judges in place of what: it should be over once the emergency is."""
    for one in told if isinstance(told, list) else ():
        words = f"glass is broken: `{one['stand_in']}` judges in place of `{one['policy']}`"
        hint = "`drawbar break-glass list` says who broke it, and `end` ends it"
        yield finding("glass_broken", f"{words} until {one['until']}", hint)


def _silent(counted: Sequence[str]) -> Iterator[Check]:
    """Look for policies that never judged though calls of theirs came in."""
    for line in counted:
        if line.startswith("drawbar_policy_unevaluated{") and line.endswith("} 1.0"):
            labels = line.partition("{")[2].partition("}")[0]
            words = f"calls came in that a policy names, and it judged none of them ({labels})"
            yield finding("unevaluated", words, "look into the log: what denies before it judges?")
