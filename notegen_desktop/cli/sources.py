"""Sources on the command line, as links and orders; `notegen links` and `transcript`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from notegen_desktop.domain.courses.course import COURSE, COURSE_GUIDE, course_link
from notegen_desktop.domain.engines.order import (
    EngineChoice,
    template_engines,
    template_engines_text,
)
from notegen_desktop.domain.errors import (
    Failure,
    FileMissing,
    InvalidLink,
    InvalidSetting,
    KeyRingLocked,
    NoCaptions,
    NoteGenError,
    SeveralVideos,
    SourceError,
    UnknownTemplate,
    UsageError,
    error_of,
)
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.jobs.remedies import RemedyTools, remedies
from notegen_desktop.domain.links.link import FoundLinks, Link, LinkKind, Reject
from notegen_desktop.domain.links.text_links import find_links, is_source
from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Engine, Level, Mode
from notegen_desktop.domain.notes.templates import IF_SAID_WORDS, WRITTEN_WORDS
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import VAULT_BY, VAULT_FORM, setting
from notegen_desktop.domain.text.quantities import series
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.machine.desktop.browsers import cookie_browsers
from notegen_desktop.services.machine.local_files import (
    links_in_path,
    links_in_text,
    merged,
    source_of_text,
)
from notegen_desktop.services.machine.paths import Paths, find_paths
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.services.ports import Exporter, Material, Order, Services, Templates
from notegen_desktop.wiring import Program, open_program

from .console import one_line, print_json, print_name, print_text, read_stdin, say, say_left_out
from .parser import TRANSCRIPT_FORMATS

PLAYLIST_PAGE = 100
HINT = N_("`notegen generate --help` says what is read.")


def overrides(arguments: argparse.Namespace) -> dict[str, object]:
    """Return the settings that this command line overrides."""
    given: dict[str, object] = {}
    if getattr(arguments, "sequential", False):
        given["processing.parallel"] = False
    for option, key in (
        ("max_concurrent", "processing.max_concurrent"),
        ("stagger_ms", "processing.stagger_ms"),
        ("budget", "budget.run_usd"),
        ("language", "general.language"),
        ("mode", "general.mode"),
        ("engine", "general.engine"),
        ("level", "general.level"),
        ("review", "general.review"),
        ("by", VAULT_BY),
        ("form", VAULT_FORM),
    ):
        value = getattr(arguments, option, None)
        if value is not None:
            given[key] = value
    model, engine = getattr(arguments, "model", None), getattr(arguments, "engine", None)
    of_gemini = arguments.command != "connections" and not (engine and Engine(engine).is_connection)
    if model is not None and of_gemini:
        given["gemini.model"] = model
    return given


def level_of(services: Services) -> Level:
    """Return the level of notes, from the command line or the settings."""
    return Level(services.settings.current.text("general.level"))


def named(source: str) -> FoundLinks:
    """Return the links of an argument: a file if it exists, else a text with links."""
    return _named(source, find_links)


def links_of(sources: Iterable[str]) -> list[Link]:
    """Return every link, without duplicates. Raises InvalidLink for a source without one."""
    links: dict[str, Link] = {}
    for source in sources:
        text = read_stdin() if source == "-" else ""
        found = find_links(text) if source == "-" else named(source)
        if is_source(text, found):
            found = source_of_text(text, find_paths().texts_folder)
        if not found.links:
            if source == "-":
                raise InvalidLink(_("There is no video link or file on standard input."), hint=HINT)
            reason = found.rejects[0].reason if found.rejects else ""
            raise InvalidLink(
                _("“{source}” cannot be used. {reason}")
                .format(source=source, reason=reason)
                .strip(),
                hint=HINT,
            )
        for reject in found.rejects:
            say_left_out(reject)
        for link in found.links:
            links.setdefault(link.key, link)
    return list(links.values())


async def expanded(links: Iterable[Link], services: Services) -> list[Link]:
    """Return the links with playlists, channels and podcasts replaced by their videos, and films by
    their parts."""
    result: dict[str, Link] = {}
    for each in links:
        link = await services.source.resolve(each)
        if link.kind not in (LinkKind.PLAYLIST, LinkKind.CHANNEL) and not await _has_parts(
            link, services
        ):
            result.setdefault(link.key, link)
            continue
        start = 1
        while True:
            videos = await services.source.expand(link, start=start, count=PLAYLIST_PAGE)
            for video in videos:
                for found in find_links(video.url).links:
                    result.setdefault(found.key, found)
            if len(videos) < PLAYLIST_PAGE:
                break
            start += PLAYLIST_PAGE
    return list(result.values())


async def _has_parts(link: Link, services: Services) -> bool:
    """Return True if a film has several parts, and print that. Other errors are reported when it is
    read."""
    if not link.may_have_parts:
        return False
    try:
        await services.source.describe(link)
    except SeveralVideos as error:
        say(
            _("{message} All of them are read. {hint}").format(
                message=error.message, hint=error.hint
            )
        )
        return True
    except NoteGenError:
        pass
    return False


def template_names(
    asked: list[str] | None, settings: Settings, templates: Templates, *, offline: bool = False
) -> list[str]:
    """Return the template ids; “all” means the built-in ones. Raises UnknownTemplate.

    `offline`: of all, those that the offline engine can write from any transcript; prints the
    others.
    """
    names: list[str] = []
    for name in asked or settings.list_of("general.templates"):
        if name == "all":
            built_in = [template for template in templates.all() if template.built_in]
            names += [t.id for t in built_in if not (offline and (t.if_said or not t.quotable))]
            written = [t.name for t in built_in if not t.quotable]
            stepped = [t.name for t in built_in if t.quotable and t.if_said]
            if offline and written:
                say(
                    _("Left out: {written}. {written_words}").format(
                        written=series(written), written_words=_(WRITTEN_WORDS)
                    )
                )
            if offline and stepped:
                say(
                    _("Left out: {stepped}. {if_said_words}").format(
                        stepped=series(stepped), if_said_words=_(IF_SAID_WORDS)
                    )
                )
        else:
            names.append(templates.get(name).id)
    if not names:
        raise UnknownTemplate(_("No template is chosen."), hint=_("Name one with -t."))
    return list(dict.fromkeys(names))


def _is_offline(engine: Engine, services: Services) -> bool:
    """Return True if notes will be extracted offline without a key, as far as known yet."""
    if engine is not Engine.AUTO:
        return engine is Engine.OFFLINE
    try:
        return not services.secrets.api_key()
    except KeyRingLocked:
        return False


async def order_of(arguments: argparse.Namespace, services: Services) -> Order:
    """Return the order of the command line. Raises UsageError, SourceError."""
    settings = services.settings.current
    engine = Engine(settings.text("general.engine"))
    if engine.is_connection:
        services.connections.get(engine)  # before anything is read
    offline = _is_offline(engine, services)
    if arguments.overnight and (offline or engine not in (Engine.AUTO, Engine.GEMINI)):
        raise UsageError(
            _("Only Gemini writes notes over night."),
            hint=_("Add a key of Gemini with billing (notegen doctor), or leave out --overnight."),
        )
    written_by = _written_by(arguments, settings)
    named = {name for name in arguments.templates or () if "@" in name}
    for template, choice in written_by.items():
        if choice.engine.is_connection and f"{template}@{choice}" in named:
            services.connections.get(choice.engine)
        if arguments.overnight and choice.engine is not Engine.GEMINI:
            raise UsageError(
                _("{engine} does not write over night.").format(engine=choice.engine),
                hint=_("Leave out its templates, or give --engine gemini."),
            )
    asked = arguments.templates and [name.partition("@")[0] for name in arguments.templates]
    names = template_names(asked, settings, services.templates, offline=offline)
    if (for_all := written_by.pop("all", None)) is not None:
        written_by = dict.fromkeys(names, for_all) | written_by
    links = await expanded(links_of(arguments.sources), services)
    if not links:
        raise InvalidLink(_("There is no video in it."))
    if COURSE_GUIDE in names:
        if len(names) > 1:
            raise UsageError(
                _("A course guide is asked for by itself."),
                hint=_("Ask for the other notes apart."),
            )
        links = [course_link(links, await services.store.courses())]
    return Order(
        links=tuple(links),
        templates=tuple(names),
        mode=Mode(settings.text("general.mode")),
        engine=engine,
        model=(arguments.model or "") if engine.is_connection else "",
        review=settings.flag("general.review"),
        wish=arguments.wish,
        pictures=arguments.pictures,
        overnight=arguments.overnight,
        written_by=template_engines_text(written_by),
    )


def _written_by(arguments: argparse.Namespace, settings: Settings) -> dict[str, EngineChoice]:
    """Return the engines of single templates: of the command line, else of the settings, which do
    not apply if an engine or model is given. Raises UsageError."""
    given = arguments.engine is not None or arguments.model is not None
    kept = {} if given else template_engines(settings.text("general.written_by"))
    named = ", ".join(name for name in arguments.templates or () if "@" in name)
    try:
        setting("general.written_by").parse(named)
    except InvalidSetting as error:
        raise UsageError(
            _("“{named}” is no template with its engine.").format(named=named),
            hint=_("Such as -t chapters@ollama or -t study-notes@gemini:MODEL."),
        ) from error
    return kept | template_engines(named)


def remark_words(video: Video) -> str:
    """Return a remark on how a source was read, for users."""
    if video.provider == COURSE:
        return f"{one_line(video.name)}: {video.remark}."
    return _("{name}: {remark}. Where accents look wrong, save the file as UTF-8.").format(
        name=one_line(video.name), remark=video.remark
    )


# --- what to do where a source refuses ---


class Remedies:
    """Prints the remedies that the window offers as buttons, once for all equal failures at a
    site."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._said: set[tuple[str, ...]] = set()

    def words(self, failure: Failure, video: Video, request: NoteRequest | None = None) -> str:
        """Return the remedies, a line each; "" if there are none, or they were printed before."""
        found = remedies(failure, video, self._means(), request)
        ways = tuple(remedy.command for remedy in found if remedy.command)
        if not ways or ways in self._said:
            return ""
        self._said.add(ways)
        return "\n    ".join([_("  What to do:"), *ways])

    def _means(self) -> RemedyTools:
        services = self._services
        try:
            has_key = bool(services.secrets.api_key())
        except KeyRingLocked:
            has_key = True
        speech = services.speech_models.installed() if services.speech_models else ()
        return RemedyTools(services.settings.current, cookie_browsers(), speech, has_key)


# --- commands ---


async def links(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    del store, paths
    from notegen_desktop.domain.links.drops import links_from_html, links_from_moz_url

    read = {"text/html": links_from_html, "text/x-moz-url": links_from_moz_url}
    if arguments.files:
        found = merged(_named(source, links_in_text) for source in arguments.files)
    else:
        found = read.get(arguments.mime.partition(";")[0].strip().lower(), links_in_text)(
            read_stdin()
        )
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


def _named(source: str, read: Callable[[str], FoundLinks]) -> FoundLinks:
    if os.path.exists(source):
        return links_in_path(Path(source))
    found = read(source)
    if not found.links and _is_path(source):
        reason = f"{_('There is no such file or folder.')} {_(FileMissing.default_hint)}"
        return FoundLinks((), (Reject(Path(source).name, reason),))
    return found


def _is_path(source: str) -> bool:
    return "://" not in source and source.startswith(("/", "~", "./", "../", ".\\", "..\\"))


def _base(tag: str) -> str:
    return tag.partition("-")[0].lower()


@dataclass(frozen=True, slots=True)
class SpokenMaterial:
    """A video with its transcript; `origin` describes where that is from."""

    video: Video
    transcript: Transcript
    origin: str


async def transcript(arguments: argparse.Namespace, store: SettingsFile, paths: Paths) -> int:
    if arguments.json and arguments.format and not arguments.output:
        raise UsageError(
            _("JSON and a format were asked for, and only one can be printed."),
            hint=_("Leave out --json or --format, or name a file for the format with -o."),
        )
    async with open_program(store, paths, JobBoard()) as program:
        material = await read_words(program, arguments.source, language=arguments.captions or "")
        words = material.transcript
        say(_("Words from {origin}.").format(origin=material.origin))
        if material.video.remark:
            say(remark_words(material.video))
        if arguments.output or arguments.format:
            if words.timed is False and arguments.format in ("srt", "vtt"):
                say(_("The source has no times: those of the subtitles are estimates."))
            _give_transcript(arguments, program.services.exporter, words, material.video)
        elif arguments.json:
            print_json(words.to_json())
        else:
            for segment in words.segments:
                speaker = f"{segment.speaker}: " if segment.speaker else ""
                print_text(f"[{segment.label}] {clock(segment.start_s)} {speaker}{segment.text}\n")
    return 0


def _give_transcript(
    arguments: argparse.Namespace, exporter: Exporter, words: Transcript, video: Video
) -> None:
    """Print a transcript in a format, or write it to a file or folder."""
    output = Path(arguments.output or "")
    suffix = output.suffix.lstrip(".").lower()
    format = arguments.format or (suffix if suffix in TRANSCRIPT_FORMATS else "txt")
    if not arguments.output:
        print_text(exporter.render_transcript(words, video, format).decode())
        return
    is_file = suffix == format and not output.is_dir()
    exporter.prepare(output.parent if is_file else output)
    path = str(exporter.save_transcript(words, video, output, format))
    if arguments.json:
        print_json({"path": path})
    else:
        print_name(path)


async def read_words(program: Program, named_source: str, *, language: str = "") -> SpokenMaterial:
    """Return the transcript of one source, in a `language` if given. Raises InvalidLink,
    SourceError.

    The hint of a source's error contains its remedies.
    """
    (link, *others) = links_of([named_source])
    if others:
        raise InvalidLink(_("Name one source at a time."))
    settings = program.services.settings.current
    languages = [language] if language else settings.list_of("sources.caption_languages")
    source = program.services.source
    link = await source.resolve(link)
    if link.kind in (LinkKind.PLAYLIST, LinkKind.CHANNEL):
        for first in await source.expand(link, count=1):
            raise InvalidLink(
                _("This is a list of videos."),
                hint=_("Name one of them; the first is {url}").format(url=first.url),
            )
    try:
        material = await source.read(link, languages=languages)
        material = await program.media.with_words(material, tell=say)
        words = _words_of(material)
    except SourceError as error:
        video = Video(link.key, link.url, link.provider)
        ways = Remedies(program.services).words(error.failure(), video)
        error.hint = f"{error.hint}\n{ways}" if ways else error.hint
        raise
    if language and _base(words.language) != _base(language):
        offered = await source.tracks(link)
        fitting = [track for track in offered if _base(track.language) == _base(language)]
        if not fitting:
            raise NoCaptions(
                _("There are no words in “{language}”, only: {offered}.").format(
                    language=language,
                    offered="; ".join(track.words for track in offered) or material.origin,
                ),
                hint=_("Leave --language out, or name one of these."),
            )
        # An earlier choice of languages for this video is replaced by this one.
        material = await source.read(link, languages=languages, track=fitting[0])
        words = _words_of(material)
    program.media.release(link.key)
    return SpokenMaterial(material.video, words, material.origin)


def _words_of(material: Material) -> Transcript:
    if material.transcript is None:
        raise error_of(material.missing) if material.missing else NoCaptions()
    return material.transcript
