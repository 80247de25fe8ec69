"""Typography of notes: HTML of the header and of each section, and the stylesheet.

The functions return HTML for a `QTextDocument` and are pure; the view caches the results. Text from
outside enters only through `to_html` (an allow-list) or escaped.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape

from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.citations import shown_while_written, without_brackets
from notegen_desktop.domain.notes.note import DraftSection, Level, Note, Section
from notegen_desktop.domain.notes.remark import MARK_COLOURS, Remark
from notegen_desktop.domain.notes.remarks import place_words, remarks_apart, sectioned
from notegen_desktop.domain.text.dates import day_words
from notegen_desktop.domain.text.scripts import SCRIPTS
from notegen_desktop.domain.words import _
from notegen_desktop.services.markup.code import style as code_style
from notegen_desktop.ui.kit.colours import Palette, mark_colour
from notegen_desktop.ui.kit.elided import side_by_side
from notegen_desktop.ui.kit.text import engine_name, one_line, plain

from .formula_objects import image_html, typesetter
from .wide_tables import with_wide_code

WHOLE_CHARS = 8_000
"""Maximum characters of a section rendered in one piece, so that the window stays responsive:
rendering and layout take some 1.5 ms per thousand characters."""

DENSE_SIGNS, DENSE_CHARS = 24, 1_000
"""Number of formula signs above which a section is split into pieces of this many characters."""

LIMIT_S = 0.05
"""Seconds of GUI thread time for a section's Markdown before it is shown as plain text."""

PAGE_LIMIT_S = 3.0
"""Seconds for all sections of a note together; the rest is shown as plain text. A normal note of
500,000 characters takes 0.4."""

CUT_LIMIT_S = 0.1
"""Seconds for splitting a long section; one of 500,000 characters takes half of that."""

SHOWN_CITES = 3
"""Times shown under a heading; a click shows the rest."""

QUOTE_INDENT = 1.2
"""Indentation of quotations in text sizes."""

SHORT_FACT = 40
"""Maximum characters of a fact about the video that is kept on one line."""

LONG_TITLE = 72
"""Characters above which a title is set smaller, to take three lines instead of five."""

CITE_SCHEME = "cite"
MORE_SCHEME = "more"
PICTURE_SCHEME = "picture"
OWN_SCHEME = "own"
SHOWN_SCHEME = "shown"
"""Scheme of links to the time of a picture."""

NO_VIDEO = Video(id="", url="", title="")

_NBSP = "\u00a0"
_GAP = "\u00a0\u00a0\u00a0\u00a0 "
"""Breakable gap between pills."""

NO_HEADING = f'<p class="section">{_NBSP}</p>'
"""Placeholder of an empty heading."""

_HEADING = re.compile(r"<(/?)h[1-6]\b[^>]*>")
_BEFORE_PILL = re.compile(r'(?<!\xa0) (?=<a class=")')
_TITLE = re.compile(r'(<a href="[^"]*") title="[^"]*"')
"""Link titles, removed because the title attribute carries the verdict of a time."""
_FORMULA = re.compile(r'<math alttext="([^"]*)" display="(\w+)"></math>')
_ALONE = re.compile(
    r'<p>(<math [^>]*display="block"></math>(?:\s|&nbsp;|\u00a0|<a class[^>]*>[^<]*</a>)*)</p>'
)
_EDGES = re.compile(r"(<(?:p|li|td|th|div)\b[^>]*>\s*)<br>|<br>(\s*</(?:p|li|td|th|div)>)")
_LAST_LINE_END = re.compile(r"\n(</span>)?</code></pre>")
_TABLE = re.compile(r"<table\b[^>]*>")
_ARABIC_ITALICS = re.compile(
    rf"<em>((?:(?!</?em>).)*[{SCRIPTS['Arabic']}](?:(?!</?em>).)*)</em>", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class NoteStyle:
    """Colours, and the size of the body text in pixels."""

    colours: Palette
    text_px: int


def stylesheet(
    style: NoteStyle, *, right_to_left: bool = False, families: Sequence[str] = ()
) -> str:
    """Return the stylesheet, in the subset of CSS that `QTextDocument` supports.

    Sizes are ratios of the body size. `families` are the body's fonts, used as fallbacks for code.
    Headings are paragraphs with a class: Qt scales `h1` to `h6` by fixed factors, which no font
    size overrides.
    """
    px, colours = style.text_px, style.colours
    side = "right" if right_to_left else "left"
    more = "".join(f', "{family}"' for family in families)
    mono = f"""font-family: "Noto Sans Mono", "SF Mono", "Cascadia Mono", Consolas,
        "DejaVu Sans Mono", monospace{more}"""
    marks = "".join(
        f".marked{name} {{ background-color: {mark_colour(name, colours)}; }}"
        for name in MARK_COLOURS
    )
    pill = f"font-size: {round(px * 0.75)}px; font-weight: 500;"
    return f"""
    body {{ color: {colours.text}; }}
    p {{ margin-top: 0; margin-bottom: {round(px * 0.7)}px; line-height: 130%; }}
    p.eyebrow {{ color: {colours.accent_ink}; font-size: {round(px * 0.8)}px; font-weight: 600;
        margin-bottom: {round(px * 0.35)}px; line-height: 120%; }}
    p.title {{ font-size: {round(px * 1.85)}px; font-weight: 600; line-height: 118%;
        margin-bottom: {round(px * 0.5)}px; }}
    p.longtitle {{ font-size: {round(px * 1.45)}px; font-weight: 600; line-height: 115%;
        margin-bottom: {round(px * 0.5)}px; }}
    p.meta {{ color: {colours.muted}; font-size: {round(px * 0.87)}px; line-height: 120%;
        margin-bottom: {round(px * 0.25)}px; }}
    p.section {{ font-size: {round(px * 1.3)}px; font-weight: 600; line-height: 125%;
        margin-top: {round(px * 2.0)}px; margin-bottom: {round(px * 0.4)}px; }}
    p.ask {{ font-size: {round(px * 1.3)}px; font-weight: 600; line-height: 130%;
        margin-bottom: {round(px * 0.4)}px; }}
    p.sub {{ font-size: {round(px * 1.05)}px; font-weight: 600; line-height: 135%;
        margin-top: {round(px * 1.0)}px; margin-bottom: {round(px * 0.35)}px; }}
    a {{ color: {colours.accent_ink}; text-decoration: none; }}
    p.cites {{ font-size: {round(px * 0.8)}px; line-height: 150%; color: {colours.muted};
        margin-left: 3px; margin-right: 3px; margin-bottom: {round(px * 0.5)}px; }}
    a.verified {{ color: {colours.accent_ink}; {pill} }}
    a.doubtful {{ color: {colours.warning}; {pill} }}
    .doubted {{ background-color: {colours.warning_soft}; text-decoration: underline; }}
    {marks}
    a.unchecked, a.more, a.own {{ color: {colours.muted}; {pill} }}
    p.picture {{ margin-top: {round(px * 0.3)}px; margin-bottom: {round(px * 0.25)}px;
        line-height: 100%; }}
    p.caption {{ font-size: {round(px * 0.8)}px; color: {colours.muted};
        margin-bottom: {round(px * 0.9)}px; }}
    p.note {{ color: {colours.muted}; }}
    .draft {{ color: {colours.muted}; }}
    ul, ol {{ margin-top: 0; margin-bottom: {round(px * 0.7)}px; }}
    li {{ line-height: 130%; margin-bottom: {round(px * 0.3)}px; }}
    li p {{ margin-bottom: {round(px * 0.3)}px; }}
    blockquote {{ color: {colours.text}; margin-{side}: {round(px * QUOTE_INDENT)}px; margin-top: 0;
        margin-bottom: {round(px * 0.7)}px; }}
    strong, b {{ font-weight: 600; }}
    .stressed {{ font-weight: 500; }}
    code {{ {mono}; font-size: {round(px * 0.9)}px; background-color: {colours.sunken}; }}
    pre {{ {mono}; font-size: {round(px * 0.87)}px; line-height: 120%;
        margin-left: {round(px * 0.9)}px; margin-right: {round(px * 0.9)}px;
        margin-top: {round(px * 0.9)}px; margin-bottom: {round(px * 1.5)}px; }}
    pre code, pre span {{ font-size: {round(px * 0.87)}px; background-color: transparent; }}
    table {{ border-collapse: collapse; border-color: {colours.border}; border-style: solid;
        margin-top: {round(px * 0.2)}px; margin-bottom: {round(px * 0.9)}px; }}
    table.code {{ border-style: none; margin-top: {round(px * 0.9)}px;
        margin-bottom: {round(px * 1.5)}px; }}
    table.aftercode {{ margin-top: {round(px * 1.5)}px; }}
    th {{ font-weight: 600; background-color: {colours.sunken}; border-color: {colours.border}; }}
    td {{ border-color: {colours.border}; }}
    hr {{ background-color: {colours.border}; }}
    """ + code_style(dark=colours.name == "dark")


PAUSE = ""
"""Empty part: the next part waits for formulas to be typeset."""


NO_HEAD = '<p style="font-size: 1px; margin: 0; line-height: 1px"></p>'
"""First part of a conversation, which has no header."""


class Continued(str):
    """HTML that continues the part before it."""

    __slots__ = ()


def body_html(markdown: str, *, limit_s: float | None = None) -> str:
    """Return a section's Markdown as HTML for a `QTextDocument`."""
    from notegen_desktop.services.markup import html as markdown_html

    text = plain(markdown.strip())
    html = markdown_html.to_html(
        text,
        limit_s=markdown_html.LIMIT_S if limit_s is None else limit_s,
        formula=_formula_place,
    )
    html = _HEADING.sub(lambda m: "</p>" if m[1] else '<p class="sub">', html)
    # Arabic has no italics: many slanted fonts lack its letters, and Qt then draws boxes.
    html = _ARABIC_ITALICS.sub(r'<span class="stressed">\1</span>', html)
    html = _LAST_LINE_END.sub(r"\1</code></pre>", html)
    html = _TITLE.sub(r"\1", html)
    html = _TABLE.sub('<table border="1" cellspacing="0" cellpadding="6">', html)
    # Qt ignores the bottom margin of code before a table.
    return html.replace("</pre>\n<table", '</pre>\n<table class="aftercode"')


def heading_html(words: str) -> str:
    """Return a heading's text and formulas as HTML, without its element."""
    from notegen_desktop.services.markup.html import line_html

    return line_html(one_line(words), formula=_formula_place)


def _formula_place(source: str) -> str:
    """Return the placeholder of a formula until it is typeset."""
    from notegen_desktop.services.markup.formulas import is_displayed

    display = "block" if is_displayed(source) else "inline"
    return f'<math alttext="{escape(source)}" display="{display}"></math>'


def _formulas_in(html: str) -> list[str]:
    return [unescape(source) for source, _ in _FORMULA.findall(html)]


def with_formulas(html: str, *, waits: bool = True) -> str:
    """Replace formula placeholders by images; displayed formulas are centred on their own line.

    Invalid formulas become code; so do those not yet typeset, unless `waits`.
    """

    def put(found: re.Match[str]) -> str:
        source = unescape(found[1])
        picture = typesetter.picture(source) if waits or typesetter.has([source]) else None
        if picture is None:
            return f"<code>{found[1]}</code>"
        image = image_html(source, picture)
        return f"<br>{image}<br>" if found[2] == "block" else image

    if "<math" not in html:
        return html
    html = _ALONE.sub(r'<p align="center">\1</p>', html)
    return _EDGES.sub(lambda found: found[1] or found[2], _FORMULA.sub(put, html))


@lru_cache(maxsize=512)
def _cached_body(markdown: str) -> str:
    return body_html(markdown, limit_s=LIMIT_S)


class _Page:
    """Renders the texts of one note within a common time limit."""

    def __init__(self) -> None:
        self._left_s = PAGE_LIMIT_S

    def body(self, markdown: str) -> str:
        if self._left_s <= 0:
            return body_html(markdown, limit_s=0.0)
        start = time.thread_time()
        html = _cached_body(markdown)
        self._left_s -= time.thread_time() - start
        return html


def _pieces(markdown: str) -> list[str]:
    """Split Markdown into at least one piece; short ones for many formulas, as a piece waits for
    all its formulas."""
    dense = markdown.count("$") + markdown.count("\\(") > DENSE_SIGNS
    if len(markdown) <= WHOLE_CHARS and not dense:
        return [markdown]
    from notegen_desktop.services.markup.html import PIECE_CHARS, pieces

    chars = DENSE_CHARS if dense else PIECE_CHARS
    return pieces(markdown.strip(), limit_s=CUT_LIMIT_S, piece_chars=chars) or [""]


def _pill(href: str, words: str, kind: str) -> str:
    """Return the HTML of a time with its verdict as title; `BackgroundPainter` paints the pill."""
    return f'<a class="{kind}" href="{escape(href)}" title="{kind}">{_NBSP}{words}{_NBSP}</a>'


def section_parts(
    section: Section,
    index: int,
    level: Level,
    *,
    unfolded: bool = False,
    covered: bool = False,
    video: Video | None = None,
    body: Callable[[str], str] | None = None,
) -> Iterator[str]:
    """Yield a finished section: heading, times, text, pictures. `index` counts from 0.

    Times are links `cite:SECTION/NUMBER`, which the view resolves. With a `video`, for export, they
    are URLs of the video, all times of the section follow its text, and doubts are written out.
    Pictures are named `picture:SECTION/NUMBER`. A `covered` card shows only its heading unless
    `unfolded`. Parts after the first are `Continued`.
    """
    from notegen_desktop.services.markup.cited import filled, own_cites, placed, shown

    cites = section.cites
    words = heading_html(section.heading)
    heading = f'<p class="section">{words}</p>' if words else NO_HEADING
    if covered and not unfolded:
        turn = _pill(f"{MORE_SCHEME}:{index}", _("Turn over").replace(" ", _NBSP), "more")
        yield f'{heading}<p class="cites">{turn}</p>'
        return

    def time(number: int) -> str:
        told = shown(cites[number], video or NO_VIDEO)
        if video is None:
            return _pill(f"{CITE_SCHEME}:{index}/{number}", told.label, told.kind)
        return _pill(told.href, told.label, told.kind) + escape(told.printed)

    yours = _pill(f"{OWN_SCHEME}:{index}", _("yours"), "own")
    links = [time(cites.index(cite)) for cite in own_cites(section, level)]
    hidden = len(links) - SHOWN_CITES
    if hidden > 1 and video is None and not unfolded:
        links[SHOWN_CITES:] = [
            _pill(
                f"{MORE_SCHEME}:{index}",
                _("+{hidden} more").format(hidden=hidden).replace(" ", _NBSP),
                "more",
            )
        ]
    own = f'<p class="cites">{_GAP.join(links)}</p>' if links else ""
    body = body or (_cached_body if video is None else body_html)
    text = section.shown_at(level)
    pieces = _pieces(text) if video is None else [text]
    for count, piece in enumerate(pieces, start=1):
        marks = ('<span class="doubted">', "</span>")
        rendered = body(placed(piece, cites, section.own if video is None else ()))
        html = _spaced(filled(rendered, time, mark=marks, own=yours))
        if count == 1:
            html = heading + own + html if video is None else heading + html + own
        if count == len(pieces):
            html += _pictures_html(section, index, video)
        while video is None and not typesetter.has(_formulas_in(html)):
            yield PAUSE
        html = with_formulas(html if video is not None else with_wide_code(html))
        yield Continued(html) if count > 1 else html


def picture_name(section: int, number: int) -> str:
    """Return the name of a picture in its note's document, which is also its link."""
    return f"{PICTURE_SCHEME}:{section}/{number}"


def _pictures_html(section: Section, index: int, video: Video | None) -> str:
    shown = []
    for number, picture in enumerate(section.pictures):
        name = picture_name(index, number)
        image = f'<img src="{name}" alt="{picture.words}">'
        href = video.link_at(picture.at_s) if video else f"{SHOWN_SCHEME}:{index}/{number}"
        time = clock(picture.at_s)
        told = f'<a href="{escape(href)}">{time}</a>' if href else time
        image = image if video else f'<a href="{name}">{image}</a>'
        shown.append(f'<p class="picture">{image}</p><p class="caption">{told}</p>')
    return "".join(shown)


def _spaced(html: str) -> str:
    """Keep a time with the word before it, and separate adjacent pills."""
    html = html.replace('</a> <a class="', f'</a>{_NBSP} <a class="')
    return _BEFORE_PILL.sub(_NBSP, html)


def draft_parts(section: DraftSection, level: Level, *, is_open: bool) -> Iterator[str]:
    """Yield a section being written, like `section_parts`.

    Text of another level is shown muted until the text of this level arrives.
    """
    heading = with_formulas(heading_html(without_brackets(section.heading)), waits=False)
    head = f'<p class="section">{heading or "…"}</p>'
    own = section.at(level).strip()
    text = shown_while_written(section.shown_at(level))
    if not text:
        yield f'{head}<p class="draft">…</p>'
        return
    *closed, last = _pieces(text)
    bodies = [_cached_body(piece) for piece in closed]
    bodies.append(body_html(last, limit_s=LIMIT_S) if is_open else _cached_body(last))
    for number, text in enumerate(bodies):
        body = with_formulas(with_wide_code(text), waits=False)
        html = body if own else f'<div class="draft">{body}</div>'
        yield Continued(html) if number else head + html


def head_html(*, kind: str, title: str, video: Video, facts: Iterable[str] = ()) -> str:
    """Return the header of a note: template name, title, video and further facts."""
    title, about = one_line(title), one_line(video.title)
    size = "title" if len(title or about) <= LONG_TITLE else "longtitle"
    length = clock(video.duration_s) if video.duration_s else ""
    known = [one_line(fact) for fact in (video.channel, length, *facts) if fact]
    # No break before a dot, so that no line begins or ends with a dot alone.
    line = f"{_NBSP}{_NBSP}·{_NBSP} ".join(escape(_kept_together(fact)) for fact in known)
    line = side_by_side(line)
    parts = [
        f'<p class="eyebrow">{escape(one_line(kind))}</p>' if kind else "",
        f'<p class="{size}">{escape(title or about) or _NBSP}</p>',
        f'<p class="meta">{escape(about)}</p>' if about not in ("", title) and title else "",
        f'<p class="meta">{line}</p>' if line else "",
    ]
    return "".join(parts)


def _kept_together(fact: str) -> str:
    """Replace spaces in a short fact by no-break spaces."""
    return fact.replace(" ", _NBSP) if len(fact) <= SHORT_FACT else fact


def written_with(engine: str, model: str) -> str:
    """Return the model that wrote a note, with its engine unless the name tells it."""
    if engine == "offline" or not model:
        return engine_name(engine)
    if engine == "gemini" and "gemini" in model:
        return model
    return f"{engine_name(engine)} ({model})"


def note_parts(
    note: Note,
    level: Level,
    *,
    kind: str,
    unfolded: frozenset[int] = frozenset(),
    covered: bool = False,
    alone: bool = False,
    headless: bool = False,
) -> Iterator[str]:
    """Yield a whole note: the header, then each section, long ones continued in `Continued` parts.

    `kind` is the template's name. A `headless` note has an empty header. With `alone` the result is
    a document for other programs, whose times link to the video.
    """
    yield (
        NO_HEAD
        if headless
        else head_html(
            kind=kind,
            title=note.title or note.video.name,
            video=note.video,
            facts=[
                written_with(note.engine, note.model),
                day_words(note.created),
                _("wish: {wish}").format(wish=note.wish) if note.wish else "",
            ],
        )
    )
    if alone and note.lacks:  # the window shows a banner instead
        yield f'<p class="note">{escape(one_line(note.lacks))}</p>'
    body = _Page().body if not alone else None
    video = note.video if alone else None
    remarks = sectioned(note) if alone else []
    for index, section in enumerate(note.sections):
        parts = section_parts(
            section,
            index,
            level,
            unfolded=index in unfolded,
            covered=covered,
            video=video,
            body=body,
        )
        if alone:
            yield "".join((*parts, *map(_remark_html, remarks[index])))
        else:
            yield from parts
    for remark in remarks_apart(note) if alone else ():
        where = f'<p class="caption">{escape(place_words(remark))}</p>'
        yield where + _remark_html(remark)


def _remark_html(remark: Remark) -> str:
    """Return a highlighted text and its comment."""
    lines = (escape(line) for line in remark.text.splitlines() if line.strip())
    words = f'<span class="marked{remark.known_color}">{escape(one_line(remark.quote))}</span>'
    return f"<blockquote><p>{'<br>'.join((words, *lines))}</p></blockquote>"


def note_direction_text(note: Note) -> str:
    """Return a sample of a note's text to detect its writing direction."""
    return " ".join((note.title, *(s.heading + " " + s.standard[:200] for s in note.sections[:5])))
