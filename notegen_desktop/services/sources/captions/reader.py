"""The reader of all caption and transcript files: parses bytes into a transcript.

Formats are recognized by content, not by file name.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from notegen_desktop.domain.errors import CaptionsBroken, CaptionsEmpty, FileMissing, FileUnreadable
from notegen_desktop.domain.links.link import TABLE_SUFFIXES
from notegen_desktop.domain.text.encodings import decoded
from notegen_desktop.domain.text.language_detection import guess_language
from notegen_desktop.domain.text.segments import estimated, segments_of
from notegen_desktop.domain.text.transcript import Transcript, TranscriptKind
from notegen_desktop.domain.words import _

from .formats import structured_cues, text_of_document
from .lines import only_header, timed_cues, voiced
from .speech_rows import untimed_words
from .text import named_speakers, sound_text

MAX_BYTES = 20 * 1024 * 1024
"""Maximum bytes of a caption file: one of a whole day has 2 MB."""

TIMED_SUFFIXES = frozenset(
    (
        *(".vtt", ".srt", ".json3", ".sbv", ".ass", ".ssa", ".ttml", ".dfxp", ".smi", ".sub"),
        *(".stl", ".scc", ".srv1", ".srv2", ".srv3", *TABLE_SUFFIXES),
    )
)
"""File extensions of captions: without times these are damaged, not plain text."""

_LANGUAGE = re.compile(
    r"(?:^\s*Language\s*[:=]|xml:lang\s*=\s*[\"']|\"language(?:_?code)?\"\s*:\s*\")\s*([\w-]+)",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD = 2000
"""Characters at either end of a file in which its language may be named."""
_UNSEEN = dict.fromkeys(
    (0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A))
)
"""Direction marks around times in Hebrew and Arabic subtitles."""
_LINES = re.compile(
    r"(?<!\r)\r*\n|\r|\u2028|\u2029|\x85"
    r"|(?<!-->)(?<!-->[ \t])[\x0b\x0c]"
    r"(?![ \t\x0b\x0c]{0,40}(?:-->|(?:vertical|line|position|size|align|region):))"
)
"""Line ends: form feeds and vertical tabs, too, unless they stand among the times of a cue."""


_FURNITURE = re.compile(
    r"^[ \t]*(?:(?:```|~~~)\w*|\(?Transcribed by (?:https?://|TurboScribe\b)[^\n]*"
    r"|<(?:begin|end) subtitles>|@ This file written with the Avid Caption plugin[^\n]*"
    r"|\S[^\n]{0,60} (?:started|stopped) transcription"
    r"|(?:Transcription|Meeting) ended after [\d:]+[^\w\n]{0,9}|VIEW RECORDING - [^\n]*https?://\S+"
    r"|whisper_(?:init|model|backend|full|print)\w*:[^\n]*|system_info: n_threads[^\n]*"
    r"|main: processing [^\n]*"
    r"|This editable transcript was computer generated and might contain errors\.[^\n]*"
    r"|(?:Start of transcript\. )?Skip to (?:the )?end(?: of transcript)?\."
    r"|End of transcript\. Skip to the start\.)[ \t]*$"
    r"|^Play video starting at \S+ and follow transcript"
    r"|^Attendees[ \t]*\r?\n[^\n:]{1,2000}\n(?=(?:[ \t]*\r?\n)*Transcript[ \t]*\r?\n)",
    re.MULTILINE | re.IGNORECASE,
)
"""Text that programs and pages add around a transcript: fences, their own name, links for screen
readers."""


def read_caption_file(path: Path | str) -> Transcript:
    """Return the transcript in a caption or text file.

    Raises FileMissing, FileUnreadable, CaptionsEmpty or CaptionsBroken.
    """
    path = Path(path)
    return parse_captions(read_bytes(path), name=path.name)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a regular file of at most 20 MB. Raises FileMissing, FileUnreadable."""
    try:
        # O_NONBLOCK: opening a named pipe must not block before it is recognised.
        handle = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        with os.fdopen(handle, "rb") as file:
            about = os.fstat(file.fileno())
            if stat.S_ISDIR(about.st_mode):
                raise FileUnreadable(
                    _("“{name}” is a folder.").format(name=path.name),
                    hint=_("Choose a file in it."),
                )
            if not stat.S_ISREG(about.st_mode):
                raise FileUnreadable(_("“{name}” is not an ordinary file.").format(name=path.name))
            if about.st_size > MAX_BYTES:
                raise FileUnreadable(
                    _("“{name}” is larger than {max_bytes} MB.").format(
                        name=path.name, max_bytes=MAX_BYTES // 2**20
                    ),
                    hint=_("No caption file is that large; is it the right one?"),
                )
            return file.read(about.st_size)
    except (FileNotFoundError, NotADirectoryError):
        raise FileMissing(_("There is no file “{path}”.").format(path=path)) from None
    except IsADirectoryError:
        raise FileUnreadable(
            _("“{name}” is a folder.").format(name=path.name), hint=_("Choose a file in it.")
        ) from None
    except PermissionError:
        raise FileUnreadable(
            _("“{name}” may not be read.").format(name=path.name),
            hint=_("Change its permissions, or copy it elsewhere."),
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileUnreadable(
            _("“{name}” cannot be read: {reason}.").format(name=path.name, reason=reason)
        ) from error


def parse_captions(
    data: bytes, *, name: str = "", kind: TranscriptKind = TranscriptKind.FILE, language: str = ""
) -> Transcript:
    """Return the transcript in the bytes of a caption or text file called `name`.

    `language` is its tag if known. Raises CaptionsEmpty, CaptionsBroken.
    """
    if data.lstrip()[:5] == b"%PDF-":
        raise CaptionsBroken(
            _("This is a PDF."), hint=_("Copy its text and paste that, or save it so.")
        )
    text, guess = text_of_document(data), ""
    if not text:
        text, guess = decoded(data)
    if not text.strip("\ufeff \t\r\n\0"):
        raise CaptionsEmpty(_("The file is empty."))
    text = _FURNITURE.sub("", _in_lines(_unfolded(text.translate(_UNSEEN))))
    if ";" in text:
        text = _SEMICOLONS.sub(r"\1:\2:\3;\4", text)
    try:
        structured = structured_cues(text)
    except CaptionsBroken:
        words = untimed_words(text)
        if not words:
            raise
        text, structured = words, None
    if structured is None and _unprintable(text):
        raise CaptionsBroken(_("This is not a text file."))
    # Zeros at the end are an unwritten part of the file; within, WebVTT replaces them by U+FFFD.
    lines = _LINES.split(text.lstrip("\ufeff").rstrip("\0").replace("\0", "\ufffd"))
    is_paper = data.lstrip()[:5].startswith((b"PK\x03\x04", b"{\\rtf"))
    is_captions = Path(name).suffix.lower() in TIMED_SUFFIXES and not is_paper
    cues = timed_cues(lines) if structured is None else structured
    behind = not (is_captions or "-->" in text) and any(map(str.isalpha, text))
    if structured is None and cues == [] and behind:
        cues = None  # the times are behind the words
    timed = cues is not None
    if cues is not None:
        segments = segments_of(cues)
    elif only_header(lines) and (is_captions or lines[0].strip() == "WEBVTT"):
        raise CaptionsEmpty
    elif not is_captions:
        paragraphs = _paragraphs(lines)
        names = named_speakers(paragraphs)
        said = [cue for each in paragraphs for cue in voiced(0.0, 0.0, each, names=names)]
        segments = estimated(said)
    else:
        raise CaptionsBroken(
            _("No times were found in this caption file."),
            hint=_("Rename it to .txt to have it read as plain text."),
        )
    if not segments:
        raise CaptionsEmpty(_("The captions have no words in them.") if structured else "")
    tag = language or guess_language(
        (segment.text for segment in segments), name=name, header=_told_language(text)
    )
    return Transcript(tag, kind, segments, timed, guess)


def _unfolded(text: str) -> str:
    r"""Return a text with literal `\n` sequences, as in JSON strings, turned into line ends."""
    if text.count("\\n") < 4 or "\n" in text.strip():
        return text
    return re.sub(r"\\r\\n|\\n", "\n", text) if text.lstrip()[:1] not in "{[<" else text


def _in_lines(text: str) -> str:
    """Return a text with the time tokens of Whisper's model, one piece per line."""
    if "<|" not in text or not _MARKS_OF_TIME.search(text):
        return text
    return re.sub(r"<\|\w{1,24}\|>", "", _MARKS_OF_TIME.sub(r"\n[\1s --> \3s]\2\n", text))


_MARKS_OF_TIME = re.compile(r"<\|(\d{1,6}\.\d\d)\|>([^<]*)<\|(\d{1,6}\.\d\d)\|>")
_SEMICOLONS = re.compile(r"(?<![\d;])(\d\d);(\d\d);(\d\d);(\d\d)(?![\d;])")
"""Times of drop-frame film as an editor writes them."""


def _paragraphs(lines: Sequence[str]) -> list[str]:
    """Return the paragraphs, separated by blank lines, each with its lines."""
    bare = [sound_text(line).strip() for line in lines]
    blocks: list[list[str]] = [[]]
    for line in bare:
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return ["\n".join(block) for block in blocks if block]


def _told_language(text: str) -> str:
    """Return the language that a header of WebVTT, TTML or JSON names, "" if none."""
    found = _LANGUAGE.search(text[:_HEAD]) or _LANGUAGE.search(text[-_HEAD:])
    return found[1].replace("_", "-") if found else ""


def _unprintable(text: str) -> bool:
    """Return True for binary data such as a picture or a film."""
    sample = text.rstrip("\0")[:20000]
    odd = sum(1 for c in sample if (c < " " and c not in "\t\n\r\x0b\x0c\x1b\x1a") or c == "\ufffd")
    return odd * 20 > len(sample)
