"""`notegen follow`: playlists, channels, podcasts and folders whose new videos are listed."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from notegen_desktop.domain.errors import InvalidLink, NoteGenError, error_of
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.links.following import Followed, FollowedVideoState
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.quantities import count, number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.machine.local_files import lists_in_text
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import Following
from notegen_desktop.wiring import open_program

from .console import (
    OK,
    exit_code,
    print_done,
    print_json,
    print_name,
    print_table,
    say,
)


async def follow(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    async with open_program(store, paths, JobBoard()) as program:
        following = program.services.following
        if arguments.action == "add":
            return await _add(following, arguments)
        if arguments.action == "check":
            return await _check(following, arguments)
        if arguments.action == "list":
            _list(await following.all(), as_json=arguments.json)
            return OK
        followed = _named(await following.all(), arguments.source)
        if arguments.action == "remove":
            await following.remove(followed.key)
            words = _("“{name}” is no longer followed.").format(name=followed.name)
            print_done(arguments, words, removed=followed.key)
        else:
            paused = arguments.action == "pause"
            await following.pause(followed.key, paused=paused)
            words = _("“{name}” is paused.") if paused else _("“{name}” is looked at again.")
            words = words.format(name=followed.name)
            print_done(arguments, words, **_told(replace(followed, paused=paused)))
    return OK


async def _add(following: Following, arguments: argparse.Namespace) -> int:
    found = lists_in_text(arguments.source)
    if not found.links:
        reason = found.rejects[0].reason if found.rejects else ""
        raise InvalidLink(
            _("“{source}” cannot be followed. {reason}")
            .format(source=arguments.source, reason=reason)
            .strip()
        )
    added: list[Followed] = []
    failed = 0
    for link in found.links:
        try:
            followed = await following.add(link, last=arguments.last)
        except NoteGenError as error:
            if len(found.links) == 1:
                raise
            failed += 1
            say(f"{link.url}: {error.message}")
            continue
        added.append(followed)
        if arguments.json:
            continue
        words, new = _("“{name}” is followed."), len(followed.new)
        if new:
            words = ngettext(
                "“{name}” is followed; {n} video of it new.",
                "“{name}” is followed; {n} videos of it new.",
                new,
            )
        print(words.format(name=followed.name, n=number(new)))
    if arguments.json:
        _list(added, as_json=True)
    return exit_code(failed=failed, done=len(found.links) - failed)


async def _check(following: Following, arguments: argparse.Namespace) -> int:
    looked = await following.check()
    if looked.away is not None:
        raise error_of(looked.away)
    if arguments.json:
        _list(looked.followed, as_json=True)
    else:
        for each in looked.followed:
            if each.failures:
                say(f"{each.name}: {each.failure}")
            elif each.new:
                say(f"{each.name}: {count(len(each.new), 'new video')}")
        for video in looked.new:
            print_name(video.url)
    if arguments.seen:
        await following.decide([video.id for video in looked.new], FollowedVideoState.TAKEN)
    failed = sum(bool(each.failures) for each in looked.followed)
    return exit_code(failed=failed, done=len(looked.followed) - failed)


def _named(followed: Sequence[Followed], source: str) -> Followed:
    """Return the followed list of that id, address or title. Raises InvalidLink."""
    keys = {link.key for link in lists_in_text(source).links}
    for each in followed:
        if source in (each.key, each.link.url, each.title) or each.key in keys:
            return each
    raise InvalidLink(
        _("“{source}” is not followed.").format(source=source),
        hint=_("`notegen follow list` shows what is, with its ids."),
    )


def _list(followed: Sequence[Followed], *, as_json: bool) -> None:
    if as_json:
        print_json({"followed": [_told(each) for each in followed]})
        return
    print_table(
        (
            each.key,
            each.kind,
            _("paused")
            if each.paused
            else ngettext("{n} new", "{n} new", len(each.new)).format(n=number(len(each.new))),
            each.name,
        )
        for each in followed
    )
    for each in followed:
        if each.failure:
            say(f"{each.name}: {each.failure}")


def _told(each: Followed) -> dict[str, Any]:
    looked = datetime.fromtimestamp(each.checked_at, UTC) if each.checked_at else None
    return {
        "id": each.key,
        "kind": each.kind,
        "provider": each.link.provider,
        "url": each.link.url,
        "title": each.title,
        "paused": each.paused,
        "checked": looked.isoformat(timespec="seconds") if looked else None,
        "failure": each.failure or None,
        "new": [_video(video) for video in each.new],
    }


def _video(video: Video) -> dict[str, Any]:
    return {
        "id": video.id,
        "url": video.url,
        "title": video.title,
        "duration_s": video.duration_s,
        "published": video.published or None,
    }
