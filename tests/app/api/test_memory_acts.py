"""What people's requests to a memory may look like."""

from typing import Any, Final

import jsonschema_rs
import pytest
from pydantic import ValidationError

from app.api.memory_acts import ReleaseRequest, WithdrawRequest
from app.shapes import Strict

REPORT: Final = "rep_01JD0000000000000000000000"
Body = dict[str, Any]
WITHDRAWN: Final[list[tuple[Body, bool]]] = [
    ({"report_id": REPORT}, True),
    ({"reporter": "ana"}, True),
    ({"group": "g", "reporter": None}, True),
    ({}, False),
    ({"report_id": None}, False),
    ({"reporter": "ana", "group": "g"}, False),
]
RELEASED: Final[list[tuple[Body, bool]]] = [
    ({"reports": [REPORT]}, True),
    ({"reporter": "ana", "all": None}, True),
    ({"all": True}, True),
    ({}, False),
    ({"all": False}, False),
    ({"all": 1}, False),
    ({"all": None}, False),
    ({"reports": []}, False),
    ({"all": True, "reporter": "ana"}, False),
]


@pytest.mark.parametrize(
    ("shape", "body", "expected"),
    [
        *((WithdrawRequest, {"reason": "a slip", **body}, taken) for body, taken in WITHDRAWN),
        *((ReleaseRequest, body, taken) for body, taken in RELEASED),
    ],
)
def test_the_description_says_what_is_taken(
    shape: type[Strict], body: Body, expected: object
) -> None:
    """One thing is named, neither none nor two, and a client can read that in the schema."""
    assert jsonschema_rs.is_valid(shape.model_json_schema(), body) is expected
    assert _taken(shape, body) is expected


def _taken(shape: type[Strict], body: Body) -> bool:
    try:
        shape.model_validate(body)
    except ValidationError:
        return False
    return True
