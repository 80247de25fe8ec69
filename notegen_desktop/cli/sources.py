"""`notegen links` and `notegen transcript`: what would be read, and what it says."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from notegen_desktop.domain.errors import InvalidLink, NoCaptions, error_of
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.links.link import Found
from notegen_desktop.domain.links.video import clock
from notegen_desktop.services.machine.dropped import links_in_path, links_in_text, merged
from notegen_desktop.services.machine.paths import Paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.wiring import open_program

from .console import print_json, print_name, print_text, said, say, say_left_out
from .inputs import links_of


async def links(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    del store, paths
    found = merged(map(_named, arguments.files)) if arguments.files else links_in_text(said())
    if arguments.json:
        print_json(
            {
                "links": [
                    {
                        "kind": link.kind.value,
                        "provider": link.provider,
                        "id": link.id,
                        "url": link.url,
                        "start_s": link.start_s,
                    }
                    for link in found.links
                ],
                "rejects": [{"text": r.text, "reason": r.reason} for r in found.rejects],
            }
        )
    else:
        for link in found.links:
            print_name(link.url)
        for reject in found.rejects:
            say_left_out(reject)
    return 0


def _named(source: str) -> Found:
    return links_in_path(Path(source)) if os.path.exists(source) else links_in_text(source)


def _base(tag: str) -> str:
    return tag.partition("-")[0].lower()


async def transcript(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    (link, *others) = links_of([arguments.source])
    if others:
        raise InvalidLink("Name one source at a time.")
    wanted = arguments.captions
    languages = [wanted] if wanted else store.current.list_of("sources.caption_languages")
    async with open_program(store, paths, JobBoard()) as program:
        source = program.services.source
        material = await source.read(link, languages=languages)
        material = await program.media.with_words(material, tell=say)
        words = material.transcript
        if words is None:
            raise error_of(material.missing) if material.missing else NoCaptions()
        if wanted and _base(words.language) != _base(wanted):
            offered = await source.tracks(link)
            fitting = [track for track in offered if _base(track.language) == _base(wanted)]
            if not fitting:
                raise NoCaptions(
                    f"There are no words in “{wanted}”, only: "
                    f"{'; '.join(track.words for track in offered) or material.origin}.",
                    hint="Leave --language out, or name one of these.",
                )
            # Others were chosen for this video once; the last word is this one.
            material = await source.read(link, languages=languages, track=fitting[0])
            words = material.transcript
            if words is None:
                raise error_of(material.missing) if material.missing else NoCaptions()
    say(f"Words from {material.origin}.")
    if arguments.json:
        print_json(words.to_json())
    else:
        for segment in words.segments:
            speaker = f"{segment.speaker}: " if segment.speaker else ""
            print_text(f"[{segment.label}] {clock(segment.start_s)} {speaker}{segment.text}\n")
    return 0
