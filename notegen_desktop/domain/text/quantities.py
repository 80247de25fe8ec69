"""Formats numbers and lists for users: counts, durations, amounts, enumerations.

The interface language decides: its catalogue has the separators of numbers and the position of a
currency's sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from notegen_desktop.domain.words import N2_, _, ngettext, pgettext


def number(value: float, decimals: int = 0) -> str:
    """Return `1,000` or `0.25`, with `decimals` decimals."""
    plain = f"{value:,.{decimals}f}"
    marks = {
        ",": pgettext("between thousands", ","),
        ".": pgettext("before decimals", "."),
    }
    return "".join(marks.get(each, each) for each in plain)


COUNTED = {
    "answer": N2_("{n} answer", "{n} answers"),
    "card": N2_("{n} card", "{n} cards"),
    "failure": N2_("{n} failure", "{n} failures"),
    "model": N2_("{n} model", "{n} models"),
    "new episode": N2_("{n} new episode", "{n} new episodes"),
    "new file": N2_("{n} new file", "{n} new files"),
    "new video": N2_("{n} new video", "{n} new videos"),
    "note": N2_("{n} note", "{n} notes"),
    "other list": N2_("{n} other list", "{n} other lists"),
    "page": N2_("{n} page", "{n} pages"),
    "problem": N2_("{n} problem", "{n} problems"),
    "request": N2_("{n} request", "{n} requests"),
    "source": N2_("{n} source", "{n} sources"),
    "token": N2_("{n} token", "{n} tokens"),
    "video": N2_("{n} video", "{n} videos"),
}
"""Counted nouns, singular and plural."""


def count(amount: int, what: str) -> str:
    """Return `1 note`, `3 notes`, `1,000 notes`; `what` is one of `COUNTED`.

    For counts on their own. A count within a sentence is a form of the whole sentence.
    """
    return ngettext(*COUNTED[what], amount).format(n=number(amount))


def listed(words: Sequence[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    *first, last = words
    if not first:
        return last
    return _("{first} and {last}").format(first=series(first), last=last)


def either(words: Sequence[str]) -> str:
    """Return `a`, `a or b`, `a, b or c`."""
    *first, last = words
    if not first:
        return last
    return _("{first} or {last}").format(first=series(first), last=last)


def series(words: Iterable[str]) -> str:
    """Return `a, b, c`, without empty ones."""
    return _(", ").join(filter(None, words))


def quoted(words: str) -> str:
    """Return a quotation or a name between the quotation marks of the language."""
    return _("“{words}”").format(words=words)


def findable_words(share: float) -> str:
    """Return a sentence that search does not cover all notes yet; `share` is from 0 to 1."""
    return _(
        "Search is being prepared and looks through {percent} % of your notes so far; it goes on "
        "while NoteGen is open."
    ).format(percent=number(int(share * 100)))


def duration(seconds: float) -> str:
    """Return a duration (seconds): `8 s`, `2 min 5 s`, `1 h 4 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        if not rest:
            return _("{minutes} min").format(minutes=minutes)
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    hours, minutes = divmod(minutes, 60)
    return _hours(hours, minutes) if minutes else _("{hours} h").format(hours=hours)


def rounded_duration(seconds: float) -> str:
    """Return a long duration (seconds) in whole minutes: `45 min`, `7 h 30 min`, `2 h 0 min`."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return _hours(hours, minutes) if hours else _("{minutes} min").format(minutes=minutes)


def _hours(hours: int, minutes: int) -> str:
    return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)


MILLION = 1_000_000


def tokens_words(tokens: int) -> str:
    """Return two significant digits: `840`, `24,000`, `1 million`, `1.3 million`."""
    if tokens < MILLION:
        return number(rounded_tokens(tokens))
    tenths = round(tokens * 10 / MILLION)
    if tenths == 10:
        return _("1 million")
    # French and Portuguese say the singular up to 1.9, others from 1.1 on the plural.
    words = ngettext("{number} million", "{number} million", tenths // 10)
    return words.format(number=number(tenths / 10, 1))


def rounded_tokens(tokens: int) -> int:
    """Return the number as shown, which decides the form of its noun.

    Of 1.3 million that is a million: Romance languages say “1,3 million de jetons”.
    """
    if tokens < 1000:
        return tokens
    step = MILLION if tokens >= MILLION else 1000 if tokens >= 10_000 else 100
    return round(tokens / step) * step


def some_tokens(tokens: int) -> str:
    """Return `840 tokens`, `24,000 tokens`, rounded as by `tokens_words`."""
    return ngettext(*COUNTED["token"], rounded_tokens(tokens)).format(n=tokens_words(tokens))


def dollars(amount: float) -> str:
    """Return US dollars, with enough decimals to distinguish a small sum from nothing."""
    if amount < 0.001:
        return _("under {amount}").format(amount=_money(0.001, 3))
    return _money(amount, 3 if amount < 1 else 2)


def exact_dollars(amount: float) -> str:
    """Return US dollars, with enough decimals to compare them: $5.00, $0.50, $0.062, $0.0005."""
    if amount >= 1 or not amount:
        return _money(amount, 2)
    if amount < 0.01:
        return _money(amount, len(f"{amount:.6f}".rstrip("0")) - 2)
    return _money(amount, 2 if f"{amount:.3f}".endswith("0") else 3)


def _money(amount: float, decimals: int) -> str:
    return _("${amount}").format(amount=number(amount, decimals))
