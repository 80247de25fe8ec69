"""Texts for the state of jobs and for estimates. Pure: no widgets."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from heapq import heapreplace

from notegen_desktop.domain.jobs.job import NoteJob, Stage, Status, Tally
from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.text.quantities import (
    count,
    dollars,
    duration,
    number,
    rounded_tokens,
    series,
    tokens_words,
)
from notegen_desktop.domain.words import N2_, N_, _, ngettext
from notegen_desktop.services.ports import NO_LIBRARY, NO_NETWORK, PAUSED, Activity, JobEstimate

_STAGES = {
    Stage.QUEUED: N_("Starting"),
    Stage.READING: N_("Reading the video"),
    Stage.WRITING: N_("Writing"),
    Stage.CHECKING: N_("Checking"),
    Stage.SAVING: N_("Saving"),
}


READY = N2_("{n} ready", "{n} ready")
FAILED = N2_("{n} failed", "{n} failed")
CANCELLED = N2_("{n} cancelled", "{n} cancelled")
FROM_LIBRARY = N2_("{n} from the library", "{n} from the library")


def status_words(job: NoteJob, now: float) -> str:
    """Return the state of a job and for how long it lasts. `now` is in seconds since the epoch."""
    match job.status:
        case Status.PENDING if job.stage is not Stage.WAITING:
            return _("In the queue")
        case Status.COMPLETE if job.from_library:
            return _("From the library")
        case Status.COMPLETE:
            return " · ".join(filter(None, (_("Complete"), _took(job))))
        case Status.CANCELLED:
            return _("Cancelled")
        case Status.ERROR:
            reason = job.failure.message if job.failure else ""
            return _("Failed: {reason}").format(reason=reason) if reason else _("Failed")
    if job.stage is Stage.WAITING:
        reason = _(job.wait_reason).rstrip(" .,…") or _("Waiting")
        if job.wait_until is None:
            return reason
        return series((reason, duration(max(0, math.ceil(job.wait_until - now)))))
    parts = [_(_STAGES[job.stage])]
    if job.started_at is not None and now - job.started_at >= 1:
        parts.append(duration(now - job.started_at))
    if job.attempt > 1:
        parts.append(_("attempt {attempt}").format(attempt=job.attempt))
    return " · ".join(parts)


def open_words(job: NoteJob) -> tuple[str, str]:
    """Return label and tooltip of the button that opens a job; ("", "") if nothing can be shown."""
    if job.status is Status.COMPLETE:
        return _("Open"), _("Show this note")
    held = job.stage is Stage.WAITING and job.wait_until is None  # overnight, paused, no network
    if job.status is Status.PROCESSING and (job.draft.chars or not held):
        return _("Watch"), _("See this note being written")
    if job.is_final and job.draft.chars:
        return _("Open"), _("Show what was written of this note")
    return "", ""


def needs_user_action(job: NoteJob) -> bool:
    """Return True if a job waits for something the user may have to fix."""
    return job.stage is Stage.WAITING and job.wait_reason.startswith((NO_NETWORK, NO_LIBRARY))


def _took(job: NoteJob) -> str:
    if job.started_at is None or job.finished_at is None:
        return ""
    took = job.finished_at - job.started_at
    return duration(took) if took >= 1 else ""


def overall_words(tally: Tally, *, paused: bool = False, overnight: int = 0) -> str:
    """Return the state of the session: `Writing 3 notes · 1 ready`, `2 notes ready · 1 failed`.

    If `paused`: `3 notes to write · 1 ready`. `overnight` is the number of notes in a batch,
    counted apart: `Writing 1 note · 2 over night`.
    """
    active, ready = tally.active - overnight, tally.of(Status.COMPLETE)
    failed, cancelled = tally.of(Status.ERROR), tally.of(Status.CANCELLED)
    parts = []
    if active:
        words = (
            ngettext("{n} note to write", "{n} notes to write", active)
            if paused
            else ngettext("Writing {n} note", "Writing {n} notes", active)
        )
        parts.append(words.format(n=number(active)))
    if overnight:
        words = (
            ngettext("{n} over night", "{n} over night", overnight)
            if active
            else ngettext("{n} note over night", "{n} notes over night", overnight)
        )
        parts.append(words.format(n=number(overnight)))
    if parts:
        if ready:
            parts.append(_counted_words(READY, ready))
    elif ready:
        parts.append(ngettext("{n} note ready", "{n} notes ready", ready).format(n=number(ready)))
    if failed:
        parts.append(_counted_words(FAILED, failed))
    if cancelled:
        parts.append(_counted_words(CANCELLED, cancelled))
    return " · ".join(parts)


def _counted_words(forms: tuple[str, str], several: int) -> str:
    return ngettext(*forms, several).format(n=number(several))


def queue_words(tally: Tally) -> str:
    """Return the state of a long queue: `412 of 1,000 notes · 380 from the library · 3 failed`."""
    parts = [
        ngettext("{ready} of {n} note", "{ready} of {n} notes", tally.total).format(
            ready=number(tally.of(Status.COMPLETE)), n=number(tally.total)
        )
    ]
    for several, forms in (
        (tally.from_library, FROM_LIBRARY),
        (tally.of(Status.ERROR), FAILED),
        (tally.of(Status.CANCELLED), CANCELLED),
    ):
        if several:
            parts.append(_counted_words(forms, several))
    # Lines may break between two counts only.
    return " · ".join(part.replace(" ", "\u00a0") for part in parts)


def remaining_words(
    seconds: float | None,
    activity: Activity | None,
    *,
    active: bool,
    paused: bool,
    overnight: bool = False,
) -> str:
    """Return time left and cost, such as `About 14 min left · $0.84 so far`.

    When nothing is `active`: `It cost $0.84, $0.90 was expected`. If only `overnight` jobs are
    left, no time is given. If `paused`, requests already sent are still answered: `Pausing after 2
    answers`, then `Paused`.
    """
    spent = activity.spent.cost_usd if activity else 0.0
    if not active:
        if activity is None or not spent:
            return ""
        if not activity.estimated_usd:
            return _("It cost {spent}").format(spent=dollars(spent))
        return _("It cost {spent}, {estimated_usd} was expected").format(
            spent=dollars(spent), estimated_usd=dollars(activity.estimated_usd)
        )
    parts = []
    if paused:
        under_way = activity.in_flight if activity else 0
        parts.append(
            ngettext("Pausing after {n} answer", "Pausing after {n} answers", under_way).format(
                n=number(under_way)
            )
            if under_way
            else _(PAUSED)
        )
    elif overnight:
        parts.append(_("You may close NoteGen meanwhile"))
    elif seconds is not None:
        parts.append(_("About {time} left").format(time=roughly(seconds)))
    if spent:
        parts.append(_("{spent} so far").format(spent=dollars(spent)))
    return " · ".join(parts)


def roughly(seconds: float) -> str:
    """Return an estimated duration (seconds), rounded: `40 s`, `14 min`, `2 h 10 min`."""
    if seconds < 60:
        return duration(max(5, round(seconds / 5) * 5))
    step = 60 if round(seconds / 60) < 60 else 600
    return duration(round(seconds / step) * step)


def estimate_words(
    estimates: Sequence[JobEstimate],
    *,
    at_once: int,
    free_key: bool = False,
    overnight: bool = False,
) -> str:
    """Return the estimate of an order: notes, tokens, dollars, and time for `at_once` notes in
    parallel.

    `free_key` says that the engine may have a key of the free tier, which batches cannot use.
    """
    if not estimates:
        return ""
    wanted = [one for one in estimates if not one.stored or one.review_usd]
    stored = sum(one.stored for one in estimates)
    parts = [count(len(estimates), "note")]
    if stored:
        words = ngettext("{n} stored already", "{n} stored already", stored)
        all_stored = stored == len(estimates)
        parts.append(_("all stored already") if all_stored else words.format(n=number(stored)))
    if wanted:
        cost = sum(one.cost_usd for one in wanted)
        tokens = sum(one.input_tokens + one.output_tokens for one in wanted)
        if cost:
            about = ngettext("about {n} token", "about {n} tokens", rounded_tokens(tokens))
            parts.append(about.format(n=tokens_words(tokens)))
            guess = _("a guess: the price of this model is not known")
            facts = (
                (_("with the second look"), any(one.review_usd for one in wanted)),
                (_("or nothing with a free key"), free_key and not overnight),
                (_("half the usual price"), overnight),
                (guess, any(one.guessed for one in wanted)),
            )
            parts.append(series((dollars(cost), *(words for words, holds in facts if holds))))
        else:
            parts.append(_("free"))
        if any(one.by_level for one in wanted):
            parts.append(_("level by level, as this model is small"))
        seconds = makespan([one.seconds for one in wanted], at_once)
        if overnight:
            parts.append(_("within 24 hours, mostly sooner"))
        elif seconds >= 1:
            parts.append(duration(seconds))
    return " · ".join(parts)


def makespan(times: Sequence[float], at_once: int) -> float:
    """Return the seconds until the last task ends, with `at_once` tasks in parallel, in order."""
    ends = [0.0] * max(1, at_once)
    for time in times:
        heapreplace(ends, ends[0] + time)
    return max(ends)


def video_facts(video: Video) -> list[str]:
    """Return channel, length and remark of a video, as far as they are known."""
    facts = (video.channel, clock(video.duration_s) if video.duration_s else "", video.remark)
    return [fact for fact in facts if fact]


def video_title(video: Video) -> str:
    """Return the title of a video, else its URL or file name."""
    if video.title or video.is_online:
        return video.name.removeprefix("https://").removeprefix("www.")
    return video.url.replace("\\", "/").rpartition("/")[2] or video.name


# --- Time left for the queue ---

WINDOW_S = 180.0
"""Seconds over which speed is measured: long enough to include rate limits per minute, short enough
to forget old pauses."""

MIN_SEEN_S = 5.0
MIN_SEEN_NOTES = 0.5
"""Seconds and notes that must have been measured before an estimate is given."""

ROUNDING = 1e-6


class ThroughputEstimator:
    """Measures the speed of writing; the unit of work is one note, counted in fractions."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()

    def look(self, tally: Tally, now: float) -> float | None:
        """Return the seconds until all jobs are done, None while unknown; `now` is epoch seconds.

        To be called about once a second.
        """
        over = tally.total - tally.active - tally.from_library
        done, left = over + tally.progress, tally.active - tally.progress
        if not tally.active:
            self._seen.clear()
            return None
        if self._seen and done < self._seen[-1][1] - ROUNDING:
            self._seen.clear()  # a job started again
        if not self._seen or now - self._seen[-1][0] >= 0.5:
            self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] <= now - WINDOW_S:
            self._seen.popleft()
        at, had = self._seen[0]
        if now - at < MIN_SEEN_S or done - had < MIN_SEEN_NOTES:
            return None
        return left * (now - at) / (done - had)

    def stop(self) -> None:
        """Forget the measurements, because the queue is paused."""
        self._seen.clear()
