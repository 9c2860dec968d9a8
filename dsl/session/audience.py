"""To whom a labelled value may go: the addresses that a label's audience names.

A pattern is a host (`corp.com`), all hosts below one (`*.corp.com`), one e-mail address, or all at
a host (`*@corp.com`). What is none of these, such as the name of a team, takes nobody in: then the
label is carried wherever the call goes. So it is wherever a place cannot be read.
"""

from collections.abc import Sequence
from typing import Final

from dsl import syntax
from dsl.canonical import email, host, url
from dsl.session import addresses, forms
from dsl.state import Place

_MOST_NAMES: Final = 100  # a policy whose names lead to each other any further is refused


def place_of(value: object, kind: str | None) -> Place | None:
    """Return where a destination leads; None if it is no address that everybody reads alike."""
    found = forms.kind_of(value, kind)
    if kind is None and isinstance(value, str) and addresses.is_bare(value.strip()):
        found = "url"
    if not isinstance(value, str) or found not in ("email", "url", "host"):
        return None
    form = forms.form(value.strip(), found)
    if form is None:
        return None
    if found == "email":
        return Place(form.partition("@")[2], form)
    read = url.read(form if "://" in form else f"https://{form}") if found == "url" else None
    return Place(form) if found == "host" else Place(read.host) if read else None


def permits(policy: syntax.Policy, declared: syntax.Label, to: Sequence[Place]) -> bool:
    """Tell whether a call that goes to these places alone keeps to a label's audience."""
    if not to:
        return False
    patterns = {pattern(one.value) for one in items(policy, declared.audience)} - {None}
    return bool(patterns) and all(patterns & _taking_in(place) for place in to)


def pattern(written: str) -> str | None:
    """Return the one form of a pattern; None if it takes in no address."""
    if written.startswith("*@"):
        whole = email.canonical(f"x{written[1:]}")
        return None if whole is None else f"*{whole[1:]}"
    if "@" in written:
        return email.canonical(written)
    below = written.startswith("*.")
    found = host.name(written[2:]) if below else host.canonical(written)
    if found is None or not ("." in found or ":" in found):  # a word, or all of `*.com`
        return None
    is_number = ":" in found or found.rpartition(".")[2].isdecimal()
    return None if below and is_number else f"*.{found}" if below else found


def _taking_in(place: Place) -> set[str]:
    """Return every pattern that takes a place in."""
    labels = place.host.split(".")
    above = {f"*.{'.'.join(labels[at:])}" for at in range(1, len(labels))}
    mail = set() if place.email is None else {place.email, f"*@{place.host}"}
    return {place.host, *above, *mail}


def items(policy: syntax.Policy, audience: object) -> list[syntax.Constant]:
    """Return the texts of an audience, through the name that may stand for them."""
    lets = {let.name: let.value for let in policy.lets}
    for _ in range(_MOST_NAMES):
        if not isinstance(audience, syntax.Path):
            break
        audience = None if audience.steps else lets.get(audience.root)
    each = audience.items if isinstance(audience, syntax.ListOf) else (audience,)
    return [one for one in each if isinstance(one, syntax.Constant) and isinstance(one.value, str)]
