"""What one answer with several notes took, shared out among them so that the sum is exact."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from notegen_desktop.domain.notes import Usage


class Shares:
    """Of one request. A note takes its share when it is whole, while the answer still goes on.

    Of what was written it has what its text makes up of all that came and is not shared out yet;
    what was read and thought is for all, so each has as much of it. The first has the request.
    `price` gives the US dollars that the tokens of a share would cost, by which the price of the
    whole is parted.
    """

    def __init__(self, price: Callable[[Usage], float]) -> None:
        self._price = price
        self._given = Usage()

    def take(self, so_far: Usage, text: int, others: Sequence[int]) -> Usage:
        """The share of a note; `so_far` is what was used by now.

        `text` is how many characters of it came, `others` how many of those that have no share yet.
        The last one takes all that is left.
        """
        left = self.left(so_far)
        share = left
        if others:
            among = 1 + len(others)
            total = text + sum(others)
            written = left.output_tokens * text / total if total else left.output_tokens / among
            share = replace(
                left,
                output_tokens=round(written),
                input_tokens=left.input_tokens // among,
                cached_tokens=left.cached_tokens // among,
                thought_tokens=left.thought_tokens // among,
            )
            own, rest = self._price(share), self._price(_minus(left, share))
            part = own / (own + rest) if own + rest else 0.0
            share = replace(share, cost_usd=left.cost_usd * part)
        self._given += share
        return share

    def left(self, so_far: Usage) -> Usage:
        """What nobody has taken yet."""
        return _minus(so_far, self._given)


def _minus(whole: Usage, part: Usage) -> Usage:
    return Usage(
        whole.requests - part.requests,
        whole.input_tokens - part.input_tokens,
        whole.cached_tokens - part.cached_tokens,
        whole.output_tokens - part.output_tokens,
        whole.thought_tokens - part.thought_tokens,
        whole.cost_usd - part.cost_usd,
    )
