"""A server that always gives the same answer: what is left of a question is the client itself.

`python -m bench.sdk.answering SOCKET` listens on a Unix socket, and answers whatever comes over a
connection with one allow, as long as that of a gateway.
"""

import json
import socket
import sys
from typing import Any, Final

CALL_ID: Final = "c_0123456789abcdef0123456789abcdef"
DECISION: Final[dict[str, Any]] = {
    "decision_id": "d_01M8JFG2JFC2F3NWS6Z8ZZTZ7T",
    "call_id": CALL_ID,
    "effect": "allow",
    "reason": "rule",
    "retryable": False,
    "message": "Allowed.",
    "reasons": [
        {
            "code": "rule",
            "effect": "allow",
            "policy": "bank",
            "rule": "small",
            "by": "true",
            "cause": None,
            "path": None,
            "detail": None,
            "because": None,
            "source": None,
        }
    ],
    "args": None,
    "changes": [],
    "obligations": [],
    "approval": None,
    "shadow": [],
    "would": None,
    "observe_until": None,
    "seat_token": None,
    "display": None,
    "revision": "1:sha256:6b5d94d7281d",
    "dry_run": False,
}
BODY: Final = json.dumps(DECISION, separators=(",", ":")).encode()
ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\ndate: Sun, 29 Nov 2026 01:31:21 GMT\r\n"
    b"content-length: %d\r\ncontent-type: application/json\r\n\r\n%s" % (len(BODY), BODY)
)
_SIZE: Final = 64 * 1024


def main() -> None:
    """Answer one connection after another, until it is ended."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(sys.argv[1])
        listening.listen()
        print("listens", flush=True)
        while True:
            connection, _ = listening.accept()
            with connection:
                while connection.recv(_SIZE):
                    connection.sendall(ANSWER)


if __name__ == "__main__":
    main()
