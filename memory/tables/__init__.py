"""The tables, as the migrations leave them: one group a file, and a test holds both together."""

from memory.tables.announcements import announcements
from memory.tables.approvals import approval_asks, approvals
from memory.tables.base import metadata
from memory.tables.deliveries import deliveries
from memory.tables.evidence import evidence, evidence_audit, vault_keys
from memory.tables.feedback import feedback
from memory.tables.freezes import freezes
from memory.tables.glass import glass
from memory.tables.idempotency import idempotency
from memory.tables.keys import api_keys
from memory.tables.learning import memory_revisions, memory_softening
from memory.tables.outbox import outbox
from memory.tables.people import people
from memory.tables.publishing import draft_files, drafts, proposals, publications
from memory.tables.records import checkpoints, records, writers
from memory.tables.revisions import revisions, revisions_in_force
from memory.tables.seats import seat_uses
from memory.tables.sessions import session_events, session_places, sessions
from memory.tables.shipping import shipped_writers

__all__ = (
    "announcements",
    "api_keys",
    "approval_asks",
    "approvals",
    "checkpoints",
    "deliveries",
    "draft_files",
    "drafts",
    "evidence",
    "evidence_audit",
    "feedback",
    "freezes",
    "glass",
    "idempotency",
    "memory_revisions",
    "memory_softening",
    "metadata",
    "outbox",
    "people",
    "proposals",
    "publications",
    "records",
    "revisions",
    "revisions_in_force",
    "seat_uses",
    "session_events",
    "session_places",
    "sessions",
    "shipped_writers",
    "vault_keys",
    "writers",
)
