"""The JSON form of a policy, for programs that write policies.

What is read is printed as text and parsed, and must come out as it was: so nothing enters by this
door that could not have been written, and every check of the language holds for it.
"""

from bisect import bisect_right
from itertools import zip_longest
from typing import Any, Final

from dsl import parse, syntax
from dsl.errors import DrawbarError, Finding, Source, printable
from dsl.exchange.json_leaves import members_of
from dsl.exchange.json_schema import FORM, HEADER, STATEMENT, validator
from dsl.exchange.json_text import decode, lay_out
from dsl.format import reformat
from dsl.show.statements import show
from dsl.strictjson import InvalidJson, pointer

_FORM: Final = "drawbar"
_STATEMENTS: Final = "statements"


class InvalidForm(DrawbarError):
    """A document that is not the JSON form of a policy; each fault has its JSON pointer."""

    def __init__(self, source: Source, faults: tuple[tuple[str, str], ...]) -> None:
        self.source, self.faults = source, faults
        shown = (f"at {path}: {message}" if path else message for path, message in faults)
        super().__init__("\n".join(printable(f"{source.name}: {one}") for one in shown))


def to_json(policy: syntax.Policy) -> dict[str, Any]:
    """Return a policy's JSON form; numbers stay exact."""
    rest = [one for one in policy.statements if not isinstance(one, syntax.Header)]
    return {
        _FORM: FORM,
        **HEADER.write(policy.header),
        _STATEMENTS: [STATEMENT.write(one) for one in rest],
    }


def to_text(policy: syntax.Policy) -> str:
    """Return a policy's JSON form as a file holds it."""
    return lay_out(to_json(policy)) + "\n"


def from_json(source: Source) -> syntax.Policy:
    """Read a policy's JSON form, or raise `InvalidForm` with what is wrong and where."""
    try:
        built = _built(decode(source.text))
        policy = _parsed(source, built)
    except InvalidJson as error:
        raise InvalidForm(source, ((error.path, str(error)),)) from error
    except RecursionError as error:
        raise InvalidForm(source, (("", "nested too deeply"),)) from error
    return policy


def written(policy: syntax.Policy) -> str:
    """Return a policy as text in canonical layout."""
    return reformat(Source(policy.name, "\n".join(map(show, policy.statements))))


def _built(document: Any) -> syntax.Policy:
    """Build the tree strictly, and hold the document against the published schema as well."""
    found = dict(members_of(document, ""))
    for name in (_FORM, _STATEMENTS):
        if name not in found:
            raise InvalidJson(f"the member `{name}` is missing", "")
    form, given = found.pop(_FORM), found.pop(_STATEMENTS)
    if form != FORM or isinstance(form, bool):
        raise InvalidJson(f"the form read here is {FORM}", pointer(_FORM))
    if not isinstance(given, list):
        raise InvalidJson("a list belongs here", pointer(_STATEMENTS))
    header = HEADER.read(found, "")
    rest = [STATEMENT.read(one, _statement(at)) for at, one in enumerate(given)]
    for error in validator().iter_errors(document):
        path = "".join(pointer(str(step)) for step in error.instance_path)
        raise InvalidJson("this breaks the schema of the form", path)
    return syntax.Policy(header, (header, *rest))


def _statement(index: int) -> str:
    return f"{pointer(_STATEMENTS)}/{index}"


def _parsed(source: Source, built: syntax.Policy) -> syntax.Policy:
    """Print what was built and parse it; it must come out as it was."""
    starts, texts, at = [], [], 0
    for one in built.statements:
        starts.append(at)
        texts.append(show(one))
        at += len(texts[-1]) + 1
    policy, findings = parse.read(Source(source.name, "\n".join(texts)))
    if policy is None or findings:
        faults = tuple((_place(one, starts), _sentence(one)) for one in findings)
        raise InvalidForm(source, faults or (("", "there is no policy in it"),))
    if policy.statements != built.statements:
        path = difference(to_json(built), to_json(policy)) or ""
        raise InvalidJson("a policy that says this means something else", path)
    return policy


def _place(finding: Finding, starts: list[int]) -> str:
    """Return the statement a finding stands in; the header's members stand in the document."""
    index = bisect_right(starts, finding.span.start) - 1
    return _statement(index - 1) if index > 0 else ""


def _sentence(finding: Finding) -> str:
    return f"{finding.message}; {finding.help}" if finding.help else finding.message


def difference(left: Any, right: Any, path: str = "") -> str | None:
    """Return the pointer of the first difference of two JSON values."""
    if isinstance(left, dict) and isinstance(right, dict):
        pairs = [(left.get(k), right.get(k), path + pointer(k)) for k in {**left, **right}]
    elif isinstance(left, list) and isinstance(right, list):
        both = zip_longest(left, right)
        pairs = [(a, b, f"{path}/{at}") for at, (a, b) in enumerate(both)]
    else:
        return None if left == right else path
    found = (difference(a, b, at) for a, b, at in pairs)
    return next((one for one in found if one is not None), None)
