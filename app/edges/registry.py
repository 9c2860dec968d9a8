"""Every edge, written out."""

from typing import Any, Final

from app.edges import http
from app.edges.base import Edge

EDGES: Final[tuple[Edge[Any], ...]] = (http.EDGE,)
