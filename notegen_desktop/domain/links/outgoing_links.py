"""Links that stand in notes: what of them may be followed, and where they lead."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode

SCHEMES = frozenset({"http", "https", "mailto"})


def may_link(url: str) -> bool:
    """Only what leads to the web or to mail; anything else stays visible as text."""
    scheme, colon, _ = url.strip().partition(":")
    return bool(colon) and scheme.lower() in SCHEMES


def plain_mail(url: str) -> str:
    """A mail link with whom it writes to, the subject and the words, and nothing else.

    Mail programs attach files (`attach`) and send hidden copies (`bcc`) at a link's word (RFC 6068
    leaves the header fields open). Any other link is given back as it is.
    """
    scheme, _, rest = url.strip().partition(":")
    if scheme.lower() != "mailto":
        return url
    address, _, query = rest.partition("?")
    people, fields = [address], []
    # A plus stands for itself in mail links, and "&amp;" is what HTML makes of "&".
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
    """Whom a `plain_mail` link writes to, as people read it."""
    return unquote(url.partition(":")[2].partition("?")[0])
