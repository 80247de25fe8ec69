"""The videos of a course, read as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from notegen_desktop.domain.courses.course import COURSE, course_of, course_video
from notegen_desktop.domain.errors import TranscriptNeeded
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.text.quantities import quoted, series
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.ports import Material


def joined(key: str, members: Sequence[Material]) -> Material:
    """The course of these videos; those without words are left out, which its `remark` says.

    With fewer than two there is nothing to join: then it has no words, and `missing` says why.
    """
    read = Material(Video(key, "", COURSE), members=tuple(members))
    course = course_of(read.sources)
    silent = [member for member in members if not _has_words(member)]
    if len(course.sources) < 2:
        told = [source.video.name for source in course.sources]
        error = TranscriptNeeded(
            _("Of these videos only “{told}” has words.").format(told=told[0])
            if told
            else _("These videos have no words."),
            hint=_("For a single video: notegen generate.") if told else _("Choose others."),
        )
        why = error.failure()
        if not told and silent[0].missing is not None:
            why = silent[0].missing
        return replace(read, missing=why)
    video = course_video(key, course)
    left_out = series(f"{quoted(member.video.name)} ({_why(member)})" for member in silent)
    if left_out:
        video = replace(
            video, remark=_("left out for want of words: {left_out}").format(left_out=left_out)
        )
    origin = ngettext(
        "the words of {n} video", "the words of {n} videos", len(course.sources)
    ).format(n=len(course.sources))
    return replace(read, video=video, transcript=course.transcript, origin=origin)


def check_whole(guide: Note, material: Material) -> None:
    """A guide is not written again without a video that it tells of. Raises TranscriptNeeded."""
    there = {source.video.id for source in material.sources}
    for video in guide.videos:
        if video.id not in there:
            raise TranscriptNeeded(
                _("“{name}”, which the guide tells of, cannot be read now.").format(
                    name=video.name
                ),
                hint=_("The guide stays as it is. Try again later."),
            )


def _has_words(material: Material) -> bool:
    return material.transcript is not None and bool(material.transcript.segments)


def _why(material: Material) -> str:
    missing = material.missing
    return missing.message.rstrip(".") if missing else _("nothing is said in it")
