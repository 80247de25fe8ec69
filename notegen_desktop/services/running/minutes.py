"""Limits a minute of one model: what was sent lately, what is allowed, and what is learnt of it.

All times are monotonic seconds.
"""

from __future__ import annotations

from collections import deque

from .limits import Limits

MINUTE_S = 60.0
WINDOW_S = MINUTE_S + 1.0
"""How long a request counts here against a limit a minute. The other side counts from when it came
there, and one may be on its way for longer than the next."""

SURE_WAIT_S = 5.0  # a shorter wait ends with some request's minute in any dense run
FORETOLD_S = 2.0  # so far apart may be when a request grows old and when a wait ends


class Minutes:
    """The requests of the last minute. What is not configured is learnt from refusals."""

    def __init__(self) -> None:
        self._sent: deque[tuple[float, int]] = deque()
        self._learnt = 0
        self._learnt_window_s = WINDOW_S

    def sent(self, now: float, tokens: int) -> None:
        self._sent.append((now, tokens))

    def ready_at(self, limits: Limits, tokens: int, now: float) -> tuple[float, str]:
        """When one more with so many tokens may be sent, and what it waits for until then."""
        while self._sent and self._sent[0][0] <= now - WINDOW_S:
            self._sent.popleft()
        at, reason = now, ""
        for count, window_s in (
            (limits.requests_per_minute, WINDOW_S),
            (self._learnt, self._learnt_window_s),
        ):
            if count and len(self._sent) >= count:
                free = self._sent[-count][0] + window_s
                if free > at:
                    at, reason = free, f"Limit of {count} requests a minute"
        if limits.tokens_per_minute and self._sent:
            free = self._tokens_free_at(tokens, limits.tokens_per_minute)
            if free > at:
                at, reason = free, f"Limit of {limits.tokens_per_minute:,} tokens a minute"
        return at, reason

    def _tokens_free_at(self, tokens: int, per_minute: int) -> float:
        """When enough of the last minute's tokens are old; one request alone may exceed it."""
        used = sum(n for _, n in self._sent)
        free = 0.0
        for at, n in self._sent:
            if used + tokens <= per_minute:
                break
            used -= n
            free = at + WINDOW_S
        return free

    def refused(self, began: float, tokens: int) -> None:
        """What was refused counts against no limit."""
        for entry in reversed(self._sent):
            if entry[0] <= began and entry[1] == tokens:
                self._sent.remove(entry)
                return

    def learn(self, named: int, *, began: float, now: float, wait_s: float, alone: bool) -> None:
        """Take over a limit that is named (not 0); guess one from what was let in before.

        Who is refused `alone` was too fast. Among others, too many at once may have been meant:
        then the wait does not end as the first of the last minute's requests grows older than that.
        """
        if named:
            let_in = [at for at, _ in self._sent if at < began]
            if len(let_in) >= named:
                self._learn_window(now + wait_s - let_in[-named])
            self._learnt = named
            return
        let_in = [at for at, _ in self._sent if began - MINUTE_S < at < began]
        if not let_in:
            return
        free_in_s = let_in[0] + MINUTE_S - now
        foretold = wait_s >= SURE_WAIT_S and abs(free_in_s - wait_s) <= FORETOLD_S
        if self._learnt or alone or foretold:
            self._learnt = min(self._learnt or len(let_in), len(let_in))

    def _learn_window(self, seconds: float) -> None:
        """A limit counts so long at least: the wait ends as the first that fills it is forgotten.

        It is a minute by name; a gateway may mean less, and clock minutes end sooner at first.
        """
        window_s = min(WINDOW_S, seconds + min(WINDOW_S - MINUTE_S, seconds / 10))
        self._learnt_window_s = max(self._learnt_window_s, window_s) if self._learnt else window_s
