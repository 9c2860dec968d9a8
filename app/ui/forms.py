"""Forms that browsers send: bounded, and from our own pages."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request

from app.problems import Problem

MOST: Final = 16 << 10
FORM: Final = "application/x-www-form-urlencoded"
FIELDS: Final = 10


async def form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form; one that comes from elsewhere is refused."""
    _from_here(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Problem(415, "unsupported_media_type", "this is no form of this page")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST:
            raise Problem(413, "body_too_large", "the form is too large")
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, max_num_fields=FIELDS, errors="strict"
        )
    except ValueError as error:
        raise Problem(422, "invalid_request", "the form cannot be read") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise Problem(422, "invalid_request", "a field stands in the form twice")
    return fields


def _from_here(request: Request) -> None:
    """Refuse what another site's page sends: what the browser says of that cannot be forged."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        alien = site not in ("same-origin", "none")
    elif origin is not None:
        public = urlsplit(request.app.state.gateway.settings.public_url or "").netloc
        ours = {request.headers.get("host"), public} - {"", None}
        alien = urlsplit(origin).netloc not in ours
    else:
        alien = False
    if alien:
        raise Problem(403, "foreign_form", "this form was sent by another site")
