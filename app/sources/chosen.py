"""The source of policies that the settings name."""

from collections.abc import Callable

from app.policy.policies import Trees
from app.settings import Settings
from app.sources.folder import FolderSource
from app.sources.published import PublishedSource
from app.sources.source import Source
from memory.announcing.announce import Topic
from memory.announcing.listening import Announcements
from memory.publishing.published import Published


def chosen(settings: Settings, published: Callable[[], Published], trees: Trees) -> Source:
    """Return where policies come from; the store is not open yet."""
    if settings.policy_source == "store":
        return PublishedSource(published, trees)
    return FolderSource(settings.policies, trees)


def hear(source: Source, announcements: Announcements) -> None:
    """Let a source hear of what is published."""
    if isinstance(source, PublishedSource):
        announcements.heed(Topic.POLICIES, source.told)
