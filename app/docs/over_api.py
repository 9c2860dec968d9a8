"""Which command asks which operation of the API, and for which there is none."""

from collections.abc import Mapping
from typing import Final

from app.docs.table import table

AGENTS: Final = "for agents and their hosts: the [SDK](../sdk.md), or any HTTP client"
STREAMS: Final = "for systems that read records: any HTTP client"
SIDECARS: Final = "for sidecars, which ask by themselves"
MACHINES: Final = "for whatever looks after the process; `drawbar doctor` asks too"

COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "list_decisions": ("decisions",),
    "get_decision": ("decisions",),
    "list_acts": ("audit acts",),
    "get_session": ("sessions show",),
    "delete_session": ("sessions delete",),
    "list_approvals": ("approvals list", "approvals watch"),
    "get_approval": ("approvals show",),
    "approve": ("approvals approve",),
    "reject": ("approvals reject",),
    "list_revisions": ("revisions list",),
    "get_revision": ("revisions show", "policy pull"),
    "compare_revisions": ("revisions diff",),
    "list_drafts": ("policy drafts",),
    "begin_draft": ("policy push",),
    "get_draft": ("policy pull",),
    "replace_draft": ("policy push",),
    "delete_draft": ("policy discard",),
    "lint_draft": ("policy lint",),
    "test_draft": ("policy test",),
    "compare_draft": ("policy diff",),
    "replay_draft": ("policy replay",),
    "publish_draft": ("policy publish", "policy push"),
    "roll_back": ("policy rollback",),
    "list_publications": ("policy list",),
    "list_proposals": ("policy list",),
    "get_proposal": ("policy review",),
    "confirm_proposal": ("policy confirm",),
    "withdraw_proposal": ("policy withdraw",),
    "list_keys": ("keys list",),
    "create_key": ("keys create",),
    "revoke_key": ("keys revoke",),
    "rotate_key": ("keys rotate",),
    "list_freezes": ("freeze list",),
    "freeze": ("freeze agent", "freeze subject", "freeze tenant"),
    "thaw": ("thaw",),
    "list_glass": ("break-glass list",),
    "ask_to_break_glass": ("break-glass ask",),
    "break_glass": ("break-glass confirm",),
    "end_glass": ("break-glass end",),
    "report_decision": ("feedback report",),
    "import_reports": ("feedback import",),
    "list_learned_rules": ("memory rules",),
    "get_learned_rule": ("memory explain",),
    "explain_memory": ("memory explain",),
    "list_memory_revisions": ("memory revisions",),
    "refresh_memory": ("memory refresh",),
    "read_softening": ("memory soften",),
    "soften": ("memory soften",),
    "find_similar_calls": ("memory similar", "memory reviews"),
    "list_reviews": ("memory reviews",),
    "get_review": ("memory reviews",),
    "list_audits": ("memory audit",),
    "get_audit": ("memory audit",),
    "answer_audit": ("memory audit",),
    "promote_learned_rule": ("memory promote",),
    "reject_learned_rule": ("memory reject",),
    "withdraw_reports": ("memory withdraw",),
    "roll_back_memory": ("memory rollback",),
    "release_reports": ("memory release",),
}
# No command, and why.
NONE: Final[Mapping[str, str]] = {
    "check": AGENTS,
    "check_batch": AGENTS,
    "observe": AGENTS,
    "list_visible_tools": AGENTS,
    "open_session": AGENTS,
    "narrow_session": AGENTS,
    "answer_for_user": AGENTS,
    "get_draft_file": "`drawbar policy pull` gets all files",
    "put_draft_file": "`drawbar policy push` writes all files",
    "remove_draft_file": "`drawbar policy push` writes all files",
    "stream_records": STREAMS,
    "export_decisions": STREAMS,
    "get_bundle": SIDECARS,
    "ship_records": SIDECARS,
    "get_health": MACHINES,
    "get_readiness": MACHINES,
    "get_metrics": MACHINES,
}
_HEAD: Final = """## Commands that ask a gateway

With `--url` and a key they work from any machine. Those of `drawbar policy`, `drawbar approvals`,
`sessions show` and `delete`, `break-glass ask` and `confirm` always ask a gateway; the others read
the store beside them where no address is given. What is not here needs the machine of the gateway:
its store, its files or its keys.

"""


def section() -> str:
    """Describe which commands work from afar."""
    asked = [
        (f"`{name}`", ", ".join(f"`drawbar {one}`" for one in commands))
        for name, commands in COMMANDS.items()
    ]
    others = [(f"`{name}`", why) for name, why in NONE.items()]
    return _HEAD + table(("operation", "command"), [*asked, *others])
