"""Why the cookies of a browser cannot be had, in words that say what would help. Pure."""

from __future__ import annotations

from collections.abc import Iterable

_OTHER = "or choose another browser under Settings, Sources."


def trouble_with(browser: str, said: Iterable[str]) -> str:
    """What is wrong, by what yt-dlp said while it read them; "" where it said nothing of weight."""
    name = browser.title()
    words = " ".join(said).lower()
    if "could not find" in words:
        return f"No cookies of {name} were found: sign in with it once, {_OTHER}"
    if "could not copy" in words or "locked" in words or "errno 13" in words:
        return f"The cookies of {name} are locked: close that browser, {_OTHER}"
    if "decrypt" in words or "no key found" in words:
        return (
            f"The cookies of {name} cannot be unlocked: open the key ring of this machine, {_OTHER}"
        )
    if words:
        return f"The cookies of {name} cannot be read: close that browser, {_OTHER}"
    return ""
