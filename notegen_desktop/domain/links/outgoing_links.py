"""Links in notes: which ones may be followed, and their targets."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode

SCHEMES = frozenset({"http", "https", "mailto"})


def may_link(url: str) -> bool:
    """Return True for a link to the web or to mail; others stay visible as text."""
    scheme, colon, _ = url.strip().partition(":")
    return bool(colon) and scheme.lower() in SCHEMES


def plain_mail(url: str) -> str:
    """Return a mail link with recipients, subject and body, and nothing else.

    Mail programs attach files (`attach`) and send hidden copies (`bcc`) at a link's request (RFC
    6068 leaves the header fields open). Any other link is returned unchanged.
    """
    scheme, _, rest = url.strip().partition(":")
    if scheme.lower() != "mailto":
        return url
    address, _, query = rest.partition("?")
    people, fields = [address], []
    # In mail links a plus is literal; HTML turns "&" into "&amp;".
    pairs = parse_qsl(query.replace("&amp;", "&").replace("+", "%2B"), keep_blank_values=True)
    for name, value in ((name.lower(), value) for name, value in pairs):
        if name == "to":
            people.append(quote(value, safe="@,"))
        elif name == "subject":
            fields.append((name, " ".join(value.split())))
        elif name == "body":
            fields.append((name, value))
    # Line ends would begin another header field.
    to = ",".join(re.sub(r"\s|%0[ad]|[?&].*", "", each, flags=re.IGNORECASE) for each in people)
    tail = f"?{urlencode(fields, quote_via=quote)}" if fields else ""
    return f"mailto:{to.strip(',')}{tail}"


def people_of(url: str) -> str:
    """Return the recipients of a `plain_mail` link, for users."""
    return unquote(url.partition(":")[2].partition("?")[0])
