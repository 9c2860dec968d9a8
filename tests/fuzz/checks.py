"""Checks of our own beside those of schemathesis, which loads this file."""

import os
from typing import Any, Final

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

DECIDES: Final = ("/v1/check", "/v1/check/batch", "/v1/observe")
OWN_KEY: Final = os.environ.get("FUZZ_KEY_ID", "")
# OpenAPI cannot say that exactly one of several query parameters is given.
ONE_OF: Final = {
    "/v1/memory/explain": ("decision_id", "rule_id"),
    "/v1/memory/similar": ("decision_id", "rule_id"),
}


@schemathesis.hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Leave the key of the run alone: without it every answer would be 401."""
    if OWN_KEY and case.path_parameters.get("key_id") == OWN_KEY:
        case.path_parameters["key_id"] = "key_00000000"


@schemathesis.check
def nothing_invalid_is_allowed(_ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """Hold that no decision route says allow to what its schema does not let in."""
    if case.operation.path not in DECIDES:
        return
    if response.status_code >= 400:
        assert response.json()["effect"] == "deny", "a failure of a decision route says deny"
    negative = case.meta is not None and case.meta.generation.mode.is_negative
    if negative:
        assert not _allows(response), "invalid data was allowed"


def _allows(response: Response) -> bool:
    if response.status_code >= 300:
        return False
    told = response.json()
    parts = [told, *told.get("decisions", ()), *told.get("events", ())]
    return any(one.get("effect") == "allow" for one in parts)


@schemathesis.check
def valid_data_is_taken(_ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """Hold that what fits the schema is never refused for its shape."""
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    if not positive or response.status_code != 422 or _excluded(case):
        return
    told = response.json()
    # With `atomic` a call that cannot be read refuses the batch; alone it only denies itself.
    of_a_call = case.operation.path == "/v1/check/batch" and "of the batch" in told["detail"]
    wrong = [one for one in told["errors"] if not _misread(one["message"], response)]
    by_shape = told["code"] == "invalid_request" and wrong and not of_a_call
    assert not by_shape, f"refused for its shape: {told}"


def _excluded(case: Case[Any]) -> bool:
    """Tell whether none or several are given of parameters that exclude each other."""
    names = ONE_OF.get(case.operation.path, ())
    return bool(names) and sum(name in (case.query or {}) for name in names) != 1


def _misread(message: str, response: Response) -> bool:
    """Tell whether what is wrong fits the schema only as it is read here.

    JSON Schema takes 1.0 for an integer, and we convert nothing. What is drawn for a path takes
    the end of a line for the end of the text, which no pattern of ours does.
    """
    by_line = "should match pattern" in message and "%0A" in str(response.request.url)
    return message == "input should be a valid integer" or by_line
