"""Which site is shown the cookies of which browser: one choice for all sites, others for some."""

from __future__ import annotations

from .settings import Settings
from .table import COOKIES, COOKIES_FOR_SITES


def by_site(text: str) -> dict[str, str]:
    """The browser of each site in a value of `COOKIES_FOR_SITES`."""
    pairs = (part.partition(":") for part in text.split(";"))
    return {site.strip(): browser.strip() for site, _, browser in pairs if browser.strip()}


def with_site(text: str, site: str, browser: str) -> str:
    """The same value with one site's choice changed."""
    chosen = {**by_site(text), site: browser}
    return "; ".join(f"{name}: {chosen[name]}" for name in sorted(chosen))


def browser_for(settings: Settings, site: str) -> str:
    """The browser whose cookies a site is shown, "" for none."""
    chosen = by_site(settings.text(COOKIES_FOR_SITES)).get(site, settings.text(COOKIES))
    return "" if chosen == "none" else chosen
