"""What yt-dlp tests itself with, the program takes where yt-dlp does, or says why not."""

from __future__ import annotations

import pytest

from .addresses import ELSEWHERE, SITES, outcomes


def test_no_address_that_yt_dlp_tests_goes_elsewhere_than_there() -> None:
    rows = list(outcomes())
    if not rows:
        pytest.skip("this yt-dlp came without its tests")
    assert {row.site for row in rows} == set(SITES)
    assert [(row.address, row.words) for row in rows if row.what == ELSEWHERE] == []
