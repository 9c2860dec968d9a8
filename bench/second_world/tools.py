"""The tools that the agents of the firm call, and what their arguments look like."""

import json
from collections.abc import Mapping
from typing import Any, Final

from dsl import toolspec
from dsl.errors import Source

FILE: Final = "second.tools.json"

Schema = Mapping[str, Any]

TEXT: Final[Schema] = {"type": "string"}
WHOLE: Final[Schema] = {"type": "integer"}
NUMBER: Final[Schema] = {"type": "number"}
FLAG: Final[Schema] = {"type": "boolean"}
MAIL: Final[Schema] = {"type": "string", "format": "email"}
WORDS: Final[Schema] = {"type": "array", "items": TEXT}
MAILS: Final[Schema] = {"type": "array", "items": MAIL, "minItems": 1}


def one_of(*values: str) -> Schema:
    """Return the schema of a choice."""
    return {"type": "string", "enum": list(values)}


def thing(properties: Mapping[str, Schema], optional: str = "") -> Schema:
    """Return the schema of an object; all but the optional properties are required."""
    required = [name for name in properties if name not in optional.split()]
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


LINE: Final = thing({"account": TEXT, "amount": NUMBER})
RESOURCES: Final = thing({"cpu": NUMBER, "memory_mb": WHOLE})

SCHEMAS: Final[Mapping[str, Schema]] = {
    "send_email": thing(
        {"to": MAILS, "cc": MAILS, "subject": TEXT, "body": TEXT, "attachments": WORDS},
        "cc attachments",
    ),
    "pay_invoice": thing(
        {
            "supplier": TEXT,
            "iban": TEXT,
            "amount": NUMBER,
            "currency": one_of("EUR", "USD", "GBP", "CHF"),
            "invoice": TEXT,
            "lines": {"type": "array", "items": LINE},
            "urgent": FLAG,
            "memo": TEXT,
        },
        "urgent memo",
    ),
    "issue_refund": thing(
        {
            "order": TEXT,
            "customer": MAIL,
            "amount_cents": WHOLE,
            "reason": one_of("damaged", "late", "wrong_item", "goodwill", "cancelled", "other"),
            "method": one_of("original", "voucher", "bank_transfer"),
        },
    ),
    "read_file": thing({"path": TEXT, "max_bytes": WHOLE}, "max_bytes"),
    "write_file": thing(
        {"path": TEXT, "content": TEXT, "mode": one_of("create", "overwrite", "append")}
    ),
    "run_command": thing({"argv": WORDS, "cwd": TEXT, "timeout_s": WHOLE}, "timeout_s"),
    "remote_script": thing({"host": TEXT, "script": TEXT, "as_root": FLAG}, "as_root"),
    "query_database": thing({"database": TEXT, "sql": TEXT, "limit": WHOLE}, "limit"),
    "deploy": thing(
        {
            "service": TEXT,
            "environment": one_of("dev", "staging", "production"),
            "version": TEXT,
            "strategy": one_of("rolling", "canary", "all_at_once"),
            "change": TEXT,
            "resources": RESOURCES,
        },
        "change resources",
    ),
    "update_ticket": thing(
        {
            "ticket": TEXT,
            "comment": TEXT,
            "status": one_of("open", "waiting", "resolved", "closed"),
            "priority": one_of("p1", "p2", "p3", "p4"),
            "assignee": MAIL,
        },
        "status priority assignee",
    ),
    "create_event": thing(
        {
            "title": TEXT,
            "start": {"type": "string", "format": "date-time"},
            "minutes": WHOLE,
            "attendees": MAILS,
            "room": TEXT,
            "private": FLAG,
        },
        "room private",
    ),
    "fetch_url": thing(
        {"url": {"type": "string", "format": "uri"}, "method": one_of("GET", "POST"), "body": TEXT},
        "body",
    ),
    "share_document": thing(
        {
            "document": TEXT,
            "people": MAILS,
            "access": one_of("viewer", "commenter", "editor"),
            "expires_days": WHOLE,
        },
        "expires_days",
    ),
    "change_access": thing(
        {"user": MAIL, "group": TEXT, "action": one_of("grant", "revoke"), "reason": TEXT},
        "reason",
    ),
}


def tools() -> toolspec.Tools:
    """Return the tools, as a policy or a learner reads them."""
    listed = [{"name": name, "inputSchema": schema} for name, schema in SCHEMAS.items()]
    return toolspec.read(Source(FILE, json.dumps(listed)))
