"""What must hold before anything is measured or published."""

import sys
from collections.abc import Iterable, Sequence

from app.policy import policies
from app.policy.policies import PolicySet
from bench.agentdojo import acceptance, freezes, no_constants
from bench.agentdojo.dojo import Dojo
from bench.agentdojo.freezes import Freeze, NotFrozen
from bench.agentdojo.replay import Case
from bench.agentdojo.suites import Suite


class Refused(Exception):
    """Something that must hold before a measurement does not."""


def may_be_measured(suite: Suite, known: Sequence[Freeze]) -> Freeze | None:
    """Return the freeze that a suite's policy matches; without one it is refused, aloud."""
    if not suite.written:
        return None
    try:
        return freezes.frozen(suite, known)
    except NotFrozen as error:
        print(f"REFUSED {suite.name}: {error}", file=sys.stderr)
        return None


def bound(suite: Suite) -> PolicySet:
    """Return a suite's policy, bound as a gateway would bind it."""
    return policies.load([suite.policy])


def refuse_constants(dojo: Dojo, suites: Iterable[Suite]) -> None:
    """Refuse policies that hold values of the benchmark."""
    for suite in suites:
        files = {suite.policy.name: suite.policy.read_text("utf-8")}
        known = dojo.values(suite.name)
        words = [*known["vocabulary"], suite.name]  # a policy may be named after its suite
        found = no_constants.planted(files, known["leaves"], known["said"], words)
        if found:
            first = ", ".join(f"{one.value!r} in {one.file}" for one in found[:5])
            message = f"values of the benchmark stand in the policy of {suite.name}: {first}"
            raise Refused(message)


def refuse_unaccepted(ends: Iterable[Case]) -> None:
    """Refuse to publish anything while the harness plays something else than it says."""
    missed = [one for one in acceptance.lines(ends) if not one.held]
    if missed:
        told = "; ".join(f"{one.words}: {one.seen} and not {one.wanted}" for one in missed)
        message = f"the harness is not accepted: {told}"
        raise Refused(message)
