"""Which arguments say where something goes."""

from typing import Any

import pytest

from dsl.lint.destinations import destinations, shown
from dsl.toolspec import Tool

TEXT = {"type": "string"}
EMAIL = {"type": "string", "format": "email"}
URI = {"type": "string", "format": "uri"}


def found(tool: str, **arguments: Any) -> list[str]:
    return [shown(place) for place in destinations(Tool(tool, {"properties": arguments}))]


@pytest.mark.parametrize(
    ("tool", "argument", "schema"),
    [
        ("send_email", "to", TEXT),
        ("send_email", "cc", {"anyOf": [{"type": "array", "items": TEXT}, {"type": "null"}]}),
        ("VenmoSendMoney", "recipient_username", TEXT),
        ("pay_bill", "payee_id", TEXT),
        ("transfer_funds", "to_account_number", TEXT),
        ("send_sms", "phone_number", TEXT),
        ("share_file", "email", TEXT),
        ("notify", "users", {"type": "array", "items": EMAIL}),
        ("create_event", "attendees", {"type": "array", "items": TEXT}),
        ("write_file", "path", TEXT),
        ("download", "save_path", TEXT),
        ("fetch", "url", TEXT),
        ("visit", "page", URI),
        ("get_webpage", "url", TEXT),
        ("create_webhook", "url", TEXT),
        ("post_message", "channel_id", TEXT),
        ("place_order", "shipping_address", {"type": "object", "properties": {"city": TEXT}}),
        ("move_file", "destination", TEXT),
    ],
)
def test_what_says_where_to_is_found(tool: str, argument: str, schema: Any) -> None:
    """By its name and the tool's verb, or by its format."""
    assert found(tool, **{argument: schema}) == [argument]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("send_email", {"email": {"type": "boolean"}, "reply_by": TEXT}),
        ("notify", {"channel": {"enum": ["ops", "sales"]}}),
        ("write_file", {"path": {"type": "string", "pattern": "^/srv/"}}),
        ("read_file", {"path": TEXT}),
        ("search_emails", {"to": TEXT, "recipient": TEXT}),
        ("create_contact", {"email": EMAIL, "address": TEXT, "website": URI}),
        ("transfer_funds", {"from_account_number": TEXT, "source_account": TEXT}),
        ("book_flight", {"origin": TEXT, "destination": TEXT}),
        ("book_taxi", {"destination": TEXT}),
        ("translate", {"to": TEXT}),
        ("export_report", {"from": TEXT, "to": {"type": "string", "format": "date"}}),
        ("send_report", {"to": {"type": "string", "format": "date"}}),
        ("send_message", {"file_path": TEXT, "media_paths": TEXT}),
        ("move_email", {"folder": TEXT}),
        ("create_channel", {"channel_name": TEXT}),
        ("create_bookmark", {"url": TEXT}),
        ("set_thermostat", {"target": TEXT}),
        ("import_passwords", {"file_path": TEXT}),
        ("send_gift", {"path_count": TEXT, "valid_to": TEXT}),
    ],
)
def test_what_may_mean_something_else_is_left_out(tool: str, arguments: dict[str, Any]) -> None:
    """What is read, recorded, sent along, listed by the schema, or a day or number."""
    assert found(tool, **arguments) == []


def test_destinations_inside_objects_and_lists_are_found() -> None:
    """A place that leads is told as a whole; else what is inside it is looked at."""
    message = {"type": "object", "properties": {"to": TEXT, "body": TEXT}}
    items = {"type": "array", "items": {"type": "object", "properties": {"recipient": TEXT}}}
    recipient = {"type": "object", "properties": {"email": TEXT}}
    schema = {
        "$defs": {"Message": message},
        "properties": {"message": {"$ref": "#/$defs/Message"}, "items": items, "cc": recipient},
    }

    places = [shown(place) for place in destinations(Tool("send_all", schema))]

    assert places == ["message.to", "items[*].recipient", "cc"]


def test_schemas_that_lead_to_themselves_end() -> None:
    """A message that holds messages is looked into a few times, and no more."""
    schema: dict[str, Any] = {"properties": {"next": {"$ref": "#"}, "to": TEXT}}

    assert found("send", next={"type": "object"}) == []
    assert len(list(destinations(Tool("send", schema)))) == 3
