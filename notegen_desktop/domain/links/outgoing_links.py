"""Links that stand in notes: what of them may be followed, and where they lead."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode

SCHEMES = frozenset({"http", "https", "mailto"})

_LOCAL_SUFFIXES = (
    *(".local", ".localdomain", ".lan", ".home", ".internal", ".intranet", ".corp", ".private"),
    *(".home.arpa", ".fritz.box"),
)
_NAMED_ADDRESS = re.compile(r"(?:^|[.-])(\d{1,3}(?:[.-]\d{1,3}){3})\.(?:nip|sslip|xip)\.io$")


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


def private_place(host: str) -> str:
    """What a host belongs to if not to the internet: `your own computer`, `your own network`, "".

    Only the name is looked at; nothing is resolved.
    """
    host = host.strip("[].").lower()
    named = _NAMED_ADDRESS.search(host)
    if named:
        host = named[1].replace("-", ".")
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        if host == "localhost" or host.endswith((".localhost", ".localhost.localdomain")):
            return "your own computer"
        return "your own network" if host.endswith(_LOCAL_SUFFIXES) or "." not in host else ""
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    if inner is not None:
        address = inner
    if address.is_loopback or address.is_unspecified:
        return "your own computer"
    return "" if address.is_global and not address.is_multicast else "your own network"
