"""What is administered at a gateway in the middle; a sidecar serves, and loads, none of it."""

from typing import Final

from app.api import (
    bundle,
    draft_checks,
    drafts,
    feedback,
    freezes,
    glass,
    keys,
    memory,
    memory_acts,
    memory_audits,
    memory_reviews,
    memory_similar,
    memory_soften,
    publications,
    records,
    revisions,
)

ROUTERS: Final = (
    revisions.router,
    bundle.router,
    records.router,
    publications.publishes,
    publications.reads,
    drafts.reads,
    drafts.writes,
    draft_checks.router,
    keys.router,
    freezes.router,
    feedback.router,
    memory.reads,
    memory.changes,
    memory_acts.router,
    memory_audits.router,
    memory_reviews.reads,
    memory_reviews.promotes,
    memory_soften.reads,
    memory_soften.changes,
    memory_similar.router,
    glass.router,
)
