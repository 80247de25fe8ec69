"""The commands, their options and their help texts."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from notegen_desktop import __version__
from notegen_desktop.domain.notes.pictures import MAX_PICTURES
from notegen_desktop.domain.notes.remark import MARK_COLOURS
from notegen_desktop.domain.words import N_, _

from .argparse_words import speak_argparse

MODES = ("auto", "hybrid", "transcript", "video")
ENGINE_HELP = N_(
    "auto, gemini, gemini-legacy, offline, or a connection, as `notegen connections list` shows "
    "it; default: the setting general.engine"
)
FORMATS = ("md", "html", "pdf", "epub", "docx", "pptx", "anki", "json", "svg", "opml", "markmap")
CARD_FORMATS = ("anki", "csv")
VAULT_BY = ("template", "video")
VAULT_FORMS = ("obsidian", "logseq")
TRANSCRIPT_FORMATS = ("srt", "vtt", "txt", "md")
LEVELS = ("concise", "standard", "comprehensive")

SOURCE_HELP = N_(
    "the URL of a video, playlist or podcast, a local video, audio, .vtt, .srt, .json3 or .txt "
    "file, or - for a list on standard input"
)

NOTE_HELP = N_("its id, as `notegen notes list` shows it")
TEMPLATE_HELP = N_("its id, as `notegen templates list` shows it")
KEY_HELP = N_("such as gemini.model; `notegen settings list` shows them all")


class _Parser(argparse.ArgumentParser):
    """The parser of a command, whose arguments `fill` adds when the command is used: creating those
    of all commands takes longer than running a short one.

    Positional arguments may follow options: `generate a.vtt -t quiz b.vtt`.
    """

    def __init__(
        self, *, fill: Callable[[argparse.ArgumentParser], None] | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self._fill = fill

    def complete(self) -> None:
        if self._fill is not None:
            self._fill(self)
            self._fill = None
            _answers(self)

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        self.complete()
        found, rest = super().parse_known_args(args, namespace)
        positional = self._get_positional_actions()
        many = next((each for each in positional if each.nargs in ("+", "*")), None)
        if many and rest and not any(word.startswith("-") and word != "-" for word in rest):
            getattr(found, many.dest).extend(rest)
            rest = []
        return found, rest


def build_parser(*, complete: bool = False) -> argparse.ArgumentParser:
    """Return the parser of `notegen`. A command's arguments are added when it is used, or all at
    once if `complete`."""
    speak_argparse()
    parser = _Parser(
        prog="notegen",
        description=_("Turn videos into notes: all templates are written at the same time."),
        epilog=_(
            "Exit codes: 0 all complete, 1 internal error, 2 usage, 3 some failed, "
            "4 all failed, 69 something the machine lacks, 130 interrupted."
        ),
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"notegen {__version__}",
        help=_("show program's version number and exit"),
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, fill, words in (
        ("generate", _generate, _("write notes")),
        ("guide", _guide, _("one course guide over several videos")),
        ("estimate", _order_options, _("tokens and price per template, before anything is sent")),
        ("resume", _resume, _("finish what an interrupted run left")),
        ("links", _links, _("what a pasted text or dropped file would put in the queue")),
        ("transcript", _transcript, _("the words of a source, cleaned, as numbered segments")),
        ("ask", _ask, _("an answer from the words of a video, with its places")),
        ("follow", _follow, _("lists whose new videos are told")),
        ("notes", _notes, _("stored notes")),
        ("cards", _cards, _("flashcards to practise")),
        ("vault", _vault, _("folders of pages for Obsidian, Logseq and others")),
        ("mcp", _mcp, _("the library for other programs, by the Model Context Protocol")),
        ("templates", _templates, _("kinds of notes")),
        ("usage", _usage, _("requests, tokens and cost, by day and model")),
        ("settings", _settings, _("read and change settings")),
        ("speech", _speech, _("models for speech recognition")),
        ("connections", _connections, _("other servers that can write notes")),
        ("desktop", _desktop, _("who opens notegen:// links and films")),
        ("doctor", _doctor, _("what works on this machine, and how to mend it")),
    ):
        command = commands.add_parser(name, help=words, description=words, fill=fill)
        if complete:
            command.complete()
    return parser


def _answers(command: argparse.ArgumentParser) -> None:
    """Add descriptions, and the option --json to all commands except those with `--events` and the
    one with a protocol of its own."""
    inner = [each for each in command._actions if isinstance(each, argparse._SubParsersAction)]
    if inner:
        told = {each.dest: each.help for each in inner[0]._choices_actions}
        for name, action in inner[0].choices.items():
            action.description = action.description or told[name]
            _answers(action)
    elif command.get_default("events") is None:
        command.add_argument("--json", action="store_true", help=_("for programs: JSON"))


def _generate(parser: argparse.ArgumentParser) -> None:
    _order_options(parser)
    _files(parser, output=None, words=_("write a file per note below DIR; default: print them"))
    _events(parser)


def _guide(parser: argparse.ArgumentParser) -> None:
    parser.description = _(
        "Writes one guide over all videos: what they have in common once, what one adds to "
        "another, an order of learning, a glossary, each statement with its video and "
        "second. A guide that is there grows when videos are added: what does not change "
        "stays. What it will cost: notegen estimate SOURCE… -t course-guide."
    )
    _order_options(parser)
    _files(parser, output=None, words=_("write the guide below DIR; default: print it"))
    _events(parser)


def _resume(parser: argparse.ArgumentParser) -> None:
    _files(
        parser,
        output=None,
        words=_("write the files below DIR; default: where they were asked for"),
    )
    parser.set_defaults(format=None)
    _events(parser)


def _links(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help=_("default: standard input"))
    parser.add_argument(
        "--mime",
        metavar="TYPE",
        default="text/plain",
        help=_("what standard input is, as a drop would name it"),
    )


def _transcript(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE", help=_("one of what generate takes"))
    parser.add_argument(
        "--language",
        dest="captions",
        metavar="TAG",
        help=_("captions in this language; default: the setting sources.caption_languages"),
    )
    parser.add_argument(
        "--format",
        choices=TRANSCRIPT_FORMATS,
        help=_(
            "subtitles (srt, vtt), the words alone (txt), or with links to their times (md); "
            "default: numbered segments"
        ),
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        help=_("a file, or a folder for one named after the video; default: print it"),
    )


def _ask(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source",
        metavar="SOURCE|NOTE",
        help=_("one of what generate takes, the id of a note, or “all” for the whole library"),
    )
    parser.add_argument("question", nargs="+", metavar="QUESTION", help=_("what you want to know"))
    parser.add_argument("--engine", metavar="ENGINE", help=_(ENGINE_HELP))
    parser.add_argument(
        "--model", metavar="ID", help=_("default: the setting gemini.model, or the connection's")
    )
    parser.add_argument(
        "--budget", metavar="USD", help=_("refuse what would cost more; default: budget.run_usd")
    )


def _mcp(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(events=False)  # its output is JSON-RPC


def _usage(_parser: argparse.ArgumentParser) -> None:
    """Add no arguments."""


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--yes",
        action="store_true",
        help=_(
            "repair a damaged library without asking; with --update-yt-dlp only get yt-dlp "
            "without asking"
        ),
    )
    parser.add_argument(
        "--updates", action="store_true", help=_("also ask whether there is a new version")
    )
    parser.add_argument(
        "--update-yt-dlp", action="store_true", help=_("get a newer yt-dlp, if there is one; asks")
    )


def _events(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--events", action="store_true", help=_("one JSON object a line on standard output")
    )


def _level(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--level", choices=LEVELS, help=_("default: the setting general.level"))


def _files(parser: argparse.ArgumentParser, *, output: str | None, words: str) -> None:
    """Add the options for writing notes to files."""
    parser.add_argument("-o", "--output", metavar="DIR", default=output, help=words)
    parser.add_argument("--format", choices=FORMATS, default="md", help=_("default: md"))
    _level(parser)


def _order_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help=_(SOURCE_HELP))
    parser.add_argument(
        "-t",
        "--template",
        action="append",
        metavar="TEMPLATE[@ENGINE[:MODEL]]",
        dest="templates",
        help=_(
            "may be repeated; “all” is every built-in one; default: the ticked ones; behind @ who "
            "writes it, default: the setting general.written_by"
        ),
    )
    parser.add_argument("--mode", choices=MODES, help=_("default: the setting general.mode"))
    parser.add_argument("--engine", metavar="ENGINE", help=_(ENGINE_HELP))
    parser.add_argument(
        "--model", metavar="ID", help=_("default: the setting gemini.model, or the connection's")
    )
    parser.add_argument("--language", metavar="TAG", help=_("of the notes, such as en or pt-BR"))
    parser.add_argument(
        "--wish",
        metavar="TEXT",
        default="",
        help=_("what matters this time, such as “for beginners”"),
    )
    parser.add_argument(
        "--review",
        action=argparse.BooleanOptionalAction,
        help=_(
            "have the model judge each statement of a note by the words at its place; "
            "default: the setting general.review"
        ),
    )
    parser.add_argument(
        "--pictures",
        type=_pictures,
        metavar="N|off",
        help=_(
            "pictures of the video in each note, at most N; default: in slides and guides, as "
            "many as the setting general.pictures allows"
        ),
    )
    parser.add_argument(
        "--overnight",
        action="store_true",
        help=_(
            "send the notes to Gemini in a batch, at half the price, and end; within 24 hours, "
            "mostly sooner, `notegen resume` fetches them; needs a key with billing"
        ),
    )
    parser.add_argument("--sequential", action="store_true", help=_("strictly one after the other"))
    parser.add_argument("--max-concurrent", metavar="N", help=_("notes at once, 1 to 32"))
    parser.add_argument("--stagger-ms", metavar="N", help=_("pause between starts, 0 to 2000 ms"))
    parser.add_argument(
        "--budget",
        metavar="USD",
        help=_("refuse a run that would cost more; default: budget.run_usd"),
    )


def _some(text: str) -> int:
    """Parse an integer from 1, for argparse."""
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(_("“{text}” is no whole number from 1").format(text=text))
    return int(text)


def _number(text: str) -> int:
    """Parse an integer from 0, for argparse."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(_("“{text}” is no whole number").format(text=text))
    return int(text)


def _pictures(text: str) -> int:
    """Parse a number of pictures, or “off”, for argparse."""
    if text == "off":
        return 0
    if not (text.isdecimal() and int(text) <= MAX_PICTURES):
        raise argparse.ArgumentTypeError(
            _("“{text}” is neither “off” nor 0 to {max_pictures}").format(
                text=text, max_pictures=MAX_PICTURES
            )
        )
    return int(text)


def _notes(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help=_("newest first"))
    listing.add_argument("--deleted", action="store_true", help=_("those that can be restored"))
    search = actions.add_parser("search", help=_("in titles and texts, and in transcripts"))
    search.add_argument("text", nargs="+", metavar="WORD", help=_("all of them are to be in it"))
    for several in (listing, search):
        _filters(several)
        several.add_argument("--limit", metavar="N", type=_some, default=50, help=_("default: 50"))
    show = actions.add_parser("show", help=_("print a note"))
    show.add_argument("note", metavar="NOTE", help=_(NOTE_HELP))
    _level(show)
    export = actions.add_parser("export", help=_("write notes to files"))
    export.add_argument(
        "notes",
        nargs="+",
        metavar="NOTE",
        help=_("{note_help}; or “all”").format(note_help=_(NOTE_HELP)),
    )
    _files(export, output=".", words=_("default: the folder you are in"))
    _filters(export)
    taking = actions.add_parser(
        "import",
        help=_("take in exported notes (JSON, Markdown); lists of videos become addresses"),
    )
    taking.add_argument("files", nargs="+", metavar="FILE", help=_("a file, or a folder of them"))
    tag = actions.add_parser("tag", help=_("file notes under tags; without a tag: list them"))
    tag.add_argument(
        "words",
        nargs="*",
        metavar="NOTE… TAG",
        help=_("ids of notes, then tags; “starred” is a star"),
    )
    tag.add_argument("--remove", action="store_true", help=_("take these tags away"))
    copy = actions.add_parser(
        "copy", help=_("the whole library, into a file or database that holds none yet")
    )
    copy.add_argument(
        "place", metavar="FILE|URL", help=_("such as notes.db, or postgresql://host/db")
    )
    delete = actions.add_parser("delete", help=_("remove notes; for 30 days they can be restored"))
    restore = actions.add_parser("restore", help=_("take a deletion back"))
    for several in (delete, restore):
        several.add_argument("notes", nargs="+", metavar="NOTE", help=_(NOTE_HELP))
    _pen(actions)
    _again(actions)


def _again(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    again = actions.add_parser(
        "again",
        help=_("have notes, a section or a level written again, beside what is there"),
        description=_(
            "Writes a note again, or one section or level of it, with a wish and by whichever "
            "model. The note stays as it is: the new version is kept beside it until you say which "
            "one to have (--keep). Without a key, whole notes are quoted anew; wishes, sections "
            "and levels want a model."
        ),
    )
    again.add_argument("notes", nargs="+", metavar="NOTE", help=_(NOTE_HELP))
    again.add_argument(
        "--section", metavar="N|HEADING", help=_("this section alone, by its number or heading")
    )
    again.add_argument(
        "--level", choices=LEVELS, dest="of_level", help=_("this level alone; default: all three")
    )
    again.add_argument(
        "--wish", metavar="TEXT", help=_("such as “more examples”; default: the wish of the note")
    )
    again.add_argument("--engine", metavar="ENGINE", help=_("default: the one that wrote the note"))
    again.add_argument("--model", metavar="ID", help=_("default: the one that is chosen now"))
    again.add_argument(
        "--budget", metavar="USD", help=_("refuse what would cost more; default: budget.run_usd")
    )
    again.add_argument(
        "--estimate", action="store_true", help=_("only say what it will cost; nothing is sent")
    )
    again.add_argument(
        "--keep",
        choices=("new", "old"),
        help=_("decide on the version that waits: the note becomes it, or stays as it is"),
    )


def _pen(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    edit = actions.add_parser(
        "edit",
        help=_("take in a level of a note as it was edited; without a file: print it for that"),
    )
    versions = actions.add_parser("versions", help=_("what a note was, and is"))
    compare = actions.add_parser("compare", help=_("what is different from another version"))
    back = actions.add_parser(
        "take-back",
        help=_("have a note as it was in another version; the present one is kept, too"),
    )
    for each in (edit, versions, compare, back):
        each.add_argument("note", metavar="NOTE", help=_(NOTE_HELP))
    edit.add_argument("--file", metavar="FILE", help=_("Markdown; “-” is standard input"))
    for each in (compare, back):
        each.add_argument(
            "--version", type=_some, metavar="N", help=_("default: what the model wrote last")
        )
    remark = actions.add_parser(
        "remark", help=_("mark words of a note and say something of them; without words: list that")
    )
    remark.add_argument("note", metavar="NOTE", help=_(NOTE_HELP))
    remark.add_argument("--words", metavar="WORDS", help=_("as they stand in the note"))
    remark.add_argument("--at", metavar="TIME", help=_("they are said there, as in 1:58"))
    remark.add_argument("--say", metavar="TEXT", default="", help=_("what is to be said of them"))
    remark.add_argument(
        "--color", choices=tuple(MARK_COLOURS), default="yellow", help=_("of the mark")
    )
    remark.add_argument("--remove", metavar="ID", help=_("a remark, by its id"))
    _level(remark)
    back.add_argument("--section", metavar="HEADING", help=_("this section alone"))
    for each in (edit, compare):
        _level(each)


def _filters(parser: argparse.ArgumentParser) -> None:
    """Add the filter options; of several values of an option one must match, of tags all."""
    for name, words in (
        ("template", _("made with this template")),
        ("engine", _("written by this engine")),
        ("language", _("in this language, such as en")),
        ("channel", _("on videos of this channel, or a part of its name")),
        ("tag", _("filed under this tag")),
    ):
        # Other destinations than for other commands, whose options override settings.
        parser.add_argument(
            f"--{name}", action="append", default=[], metavar=name.upper(), dest=f"of_{name}",
            help=words,
        )  # fmt: skip
    parser.add_argument(
        "--since", metavar="DATE", default="", help=_("made since, such as 2026-11-30")
    )
    for name, words in (
        ("starred", _("with a star")),
        ("unread", _("not opened yet")),
        ("doubtful", _("with statements in doubt")),
        ("unfinished", _("that lack something")),
    ):
        parser.add_argument(f"--{name}", action="store_true", help=words)


def _cards(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    due = actions.add_parser("due", help=_("the cards whose turn it is, then new ones"))
    review = actions.add_parser(
        "review",
        help=_(
            "practise: Enter turns a card, 1 to 4 say how well you knew it, u takes the last "
            "answer back, s leaves the card out, q ends; a line each on standard input"
        ),
    )
    restore = actions.add_parser("restore", help=_("have cards again that were left out"))
    for each in (due, review, restore):
        each.add_argument(
            "notes",
            nargs="*",
            metavar="NOTE",
            help=_("{note_help}; default: all").format(note_help=_(NOTE_HELP)),
        )
    for each in (due, review):
        each.add_argument("--limit", metavar="N", type=_some, default=50, help=_("default: 50"))
        each.add_argument(
            "--new",
            metavar="N",
            type=_number,
            help=_("new cards a day; default: the setting general.new_cards, all of named notes"),
        )
        _level(each)
    export = actions.add_parser("export", help=_("write the cards to one file"))
    export.add_argument(
        "notes",
        nargs="*",
        metavar="NOTE",
        help=_("{note_help}; default: all that have cards").format(note_help=_(NOTE_HELP)),
    )
    export.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        default=".",
        help=_("a folder, or a file ending in .apkg or .csv; default: the folder you are in"),
    )
    export.add_argument(
        "--format",
        choices=CARD_FORMATS,
        help=_(
            "an Anki deck, which updates cards that were imported before, or a table; default: anki"
        ),
    )
    _level(export)


def _vault(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    sync = actions.add_parser(
        "sync",
        help=_("keep a folder of Markdown pages up to date"),
        description=_(
            "Writes a Markdown page for each note, and brings those there up to date. What you "
            "changed in a page stays, as do your own properties; a page that you moved is found "
            "again; one that you deleted stays deleted."
        ),
    )
    sync.add_argument("folder", metavar="DIR", help=_("the vault, or a folder in it"))
    sync.add_argument(
        "--by",
        choices=VAULT_BY,
        help=_(
            "a page for each note, or for all notes of a video; default: the setting "
            "library.vault_by"
        ),
    )
    sync.add_argument(
        "--form",
        choices=VAULT_FORMS,
        help=_("whose Markdown it is; default: the setting library.vault_form"),
    )
    _level(sync)
    sync.add_argument(
        "--restore", action="store_true", help=_("write pages again that you deleted there")
    )
    sync.add_argument(
        "--dry-run", action="store_true", help=_("write nothing, say what would be written")
    )


def _follow(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help=_("follow a channel, playlist, podcast or folder"))
    add.add_argument("source", metavar="SOURCE", help=_("its address, or the path of the folder"))
    add.add_argument(
        "--last",
        metavar="N",
        type=_some,
        default=0,
        help=_("take the last N for new; default: what is there counts as seen"),
    )
    actions.add_parser("list", help=_("what is followed, and what is new there"))
    for name, words in (
        ("remove", _("follow it no longer")),
        ("pause", _("do not look at it until resumed")),
        ("resume", _("look at it again")),
    ):
        action = actions.add_parser(name, help=words)
        action.add_argument("source", metavar="SOURCE", help=_("its id, address or title"))
    check = actions.add_parser(
        "check", help=_("look for new videos; prints their addresses, a line each, for generate -")
    )
    check.add_argument("--seen", action="store_true", help=_("do not tell of these again"))


def _templates(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help=_("built-in ones and your own"))
    show = actions.add_parser("show", help=_("what a template asks for"))
    show.add_argument("template", metavar="TEMPLATE", help=_(TEMPLATE_HELP))
    check = actions.add_parser("check", help=_("say what is wrong with template files"))
    check.add_argument("files", nargs="+", metavar="FILE", help=_("a .toml file of yours"))
    new = actions.add_parser("new", help=_("start a template of your own"))
    new.add_argument("name", metavar="NAME", help=_("what it is called, such as “Meeting minutes”"))
    add = actions.add_parser("add", help=_("take in template files that others made"))
    add.add_argument("templates", nargs="+", metavar="FILE", help=_("a .toml file"))
    twice = add.add_mutually_exclusive_group()
    twice.add_argument(
        "--replace", action="store_true", help=_("the template that has the same id goes")
    )
    twice.add_argument(
        "--keep-both", action="store_true", help=_("it gets another id where its own is taken")
    )
    copy = actions.add_parser("duplicate", help=_("a copy to be changed, under an id of its own"))
    export = actions.add_parser("export", help=_("a template's file, for others"))
    export.add_argument("template", metavar="TEMPLATE", help=_(TEMPLATE_HELP))
    export.add_argument(
        "-o",
        "--output",
        metavar="PATH",
        default=".",
        help=_("a file, a folder, or - to print it; default: the folder you are in"),
    )
    restore = actions.add_parser(
        "restore", help=_("the built-in template again, or one of yours that was removed")
    )
    remove = actions.add_parser("remove", help=_("remove templates of yours; restore undoes it"))
    for each in (copy, restore, remove):
        each.add_argument("templates", nargs="+", metavar="TEMPLATE", help=_(TEMPLATE_HELP))


def _settings(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help=_("every setting, its value and where it comes from"))
    get = actions.add_parser("get", help=_("print a value"))
    get.add_argument("key", metavar="KEY", help=_(KEY_HELP))
    change = actions.add_parser("set", help=_("keep a value"))
    change.add_argument("key", metavar="KEY", help=_(KEY_HELP))
    change.add_argument("value", metavar="VALUE", help=_("what it is to be from now on"))


def _speech(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help=_("the models: size, speed, languages, which are here"))
    install = actions.add_parser("install", help=_("fetch a model and use it"))
    install.add_argument("model", metavar="MODEL", help=_("one of those that list names"))
    remove = actions.add_parser("remove", help=_("delete a model from this machine"))
    remove.add_argument("model", metavar="MODEL", help=_("one of those that list names"))


def _connections(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help=_("those that are there, and known kinds of servers"))
    listing.add_argument(
        "--found", action="store_true", help=_("also look for servers that run on this machine")
    )
    add = actions.add_parser("add", help=_("add a server, or change one"))
    add.add_argument(
        "name", metavar="NAME", type=str.lower, help=_("what it is called, such as ollama")
    )
    add.add_argument(
        "url", metavar="URL", nargs="?", default="", help=_("default: that of its kind")
    )
    add.add_argument("--model", metavar="ID", help=_("default: the first that the server lists"))
    add.add_argument(
        "--key", action="store_true",
        help=_("ask for its API key, or read it from standard input; where no key ring keeps it, "
               "set the variable NOTEGEN_KEY_NAME (NOTEGEN_KEY_MY_GATEWAY for my-gateway)"),
    )  # fmt: skip
    add.add_argument("--kind", metavar="KIND", default="", help=_("a kind that list names"))
    add.add_argument(
        "--context", metavar="TOKENS", type=int, default=0,
        help=_("tokens that its models read and write in all; default: found out"),
    )  # fmt: skip
    add.add_argument(
        "--at-once", metavar="N", type=int, default=0,
        help=_("requests at a time; default: 1 on this machine"),
    )  # fmt: skip
    test = actions.add_parser("test", help=_("ask a server for its models"))
    remove = actions.add_parser("remove", help=_("forget a server and its key"))
    for one in (test, remove):
        one.add_argument("name", metavar="NAME", type=str.lower, help=_("as list shows it"))


def _desktop(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("show", help=_("whether the system knows NoteGen"))
    actions.add_parser(
        "add", help=_("an entry in the menu, under “Open with”, for notegen:// links")
    )
    actions.add_parser("remove", help=_("take that back, all of it"))
