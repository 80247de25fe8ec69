"""Facts about the video below a document's title, and parts of HTML pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape

from notegen_desktop.domain.links.outgoing_links import may_link
from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Cite, Engine, Level, Note, Picture, Section
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.notes.remarks import place_words, remarks_apart, sectioned
from notegen_desktop.domain.text.cleaning import harmless, visible
from notegen_desktop.domain.text.dates import day_words
from notegen_desktop.services.machine.paths import resources
from notegen_desktop.services.markup import code
from notegen_desktop.services.markup.cited import filled, own_cites, placed, shown
from notegen_desktop.services.markup.formulas import mathml_html
from notegen_desktop.services.markup.html import line_html, to_html

from .blocks import TextRun
from .scripts import DocumentLanguage

SEPARATOR = " · "


def facts(note: Note) -> list[TextRun]:
    """Return the video's name with its link, its channel and length; a name is not repeated."""
    video = note.video
    link = video.public_url if may_link(video.url) else ""
    said: list[TextRun] = []
    if link or note.title not in ("", video.name):
        said.append(TextRun(video.name, href=link))
    said += [TextRun(each) for each in (video.channel, clock(video.duration_s or 0)) if each]
    return said if video.duration_s else said[:-1]


# --- The note as one page that needs nothing else ---

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_CONTENTS_FROM = 4
"""Minimum number of sections for a table of contents."""


def render(note: Note, level: Level) -> bytes:
    title = _text(note.title or note.video.name)
    language = escape(visible(note.language) or "und")
    direction = "rtl" if DocumentLanguage.of(note.language).runs_right_to_left else "ltr"
    remarks = sectioned(note)
    sections = "".join(
        _section(note.video, number, section, remarks[number - 1])
        for number, section in enumerate(note.sections, 1)
    )
    sections += apart_html(note)
    page = f"""<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
{_style()}</style>
</head>
<body>
{_switch(level)}
<header>
<h1 dir="auto">{title}</h1>
<p class="facts">{facts_html(note)}</p>
{lacks_html(note)}</header>
{_contents(note)}
<main>
{sections}</main>
<footer dir="ltr">{footer_html(note)}</footer>
</body>
</html>
"""
    return harmless(page).encode()


@cache
def _style() -> str:
    sheet = (resources() / "styles" / "page.css").read_text("utf-8")
    dark = f"@media screen and (prefers-color-scheme: dark) {{\n{code.style(dark=True)}}}\n"
    return sheet + code.style(dark=False) + dark


def _switch(level: Level) -> str:
    """Return the radio buttons of a level; they come first, so that CSS can select everything after
    them."""
    inputs = "".join(
        f'<input type="radio" name="level" id="level-{each}"{" checked" if each is level else ""}>'
        for each in Level
    )
    labels = "".join(f'<label for="level-{each}">{each.capitalize()}</label>' for each in Level)
    return f'{inputs}\n<div class="switch" role="group" aria-label="Level of detail">{labels}</div>'


def facts_html(note: Note) -> str:
    """Return the facts as HTML, each isolated in its own text direction."""
    return SEPARATOR.join(
        f'<bdi><a href="{_text(fact.href)}" rel="noopener noreferrer">{_text(fact.text)}</a></bdi>'
        if fact.href
        else f"<bdi>{_text(fact.text)}</bdi>"
        for fact in facts(note)
    )


def lacks_html(note: Note) -> str:
    return f'<p class="lacks" dir="auto">{_text(note.lacks)}</p>\n' if note.lacks else ""


def _contents(note: Note) -> str:
    if len(note.sections) < _CONTENTS_FROM:
        return ""
    items = "".join(
        f'<li><a href="#s{number}" dir="auto">{line_html(section.heading) or "…"}</a></li>'
        for number, section in enumerate(note.sections, 1)
    )
    return f'<nav aria-label="Contents"><ol>{items}</ol></nav>'


def _section(video: Video, number: int, section: Section, remarks: Sequence[Remark]) -> str:
    told = "".join(
        f'<div class="{each}" dir="auto">\n{text_html(video, section, each)}'
        f"{own_cites_html(video, section, each)}</div>\n"
        for each in Level
    )
    shown = "".join(
        picture_html(video, picture, f"data:image/jpeg;base64,{picture.base64}")
        for picture in section.pictures
    )
    words = line_html(section.heading)
    heading = f'<h2 dir="auto">{words}</h2>\n' if words else ""
    return f'<section id="s{number}">\n{heading}{told}{shown}{remarks_html(remarks)}</section>\n'


def remarks_html(remarks: Iterable[Remark]) -> str:
    """Return the user's remarks as HTML: marked text and comment."""
    told = ""
    for remark in remarks:
        said = "<br>".join(_text(line) for line in remark.text.splitlines() if line.strip())
        words = f'<mark class="{remark.known_color}">{_text(remark.quote)}</mark>'
        told += (
            f'<blockquote class="remark" dir="auto">{words}{said and "<br>"}{said}</blockquote>\n'
        )
    return told


def apart_html(note: Note) -> str:
    """Return remarks without a section as HTML: on the transcript, and on deleted text."""
    told = ""
    for remark in remarks_apart(note):
        where = _text(place_words(remark))
        told += f'<p class="remark" dir="auto">{where}</p>\n{remarks_html([remark])}'
    return told


def picture_html(video: Video, picture: Picture, source: str) -> str:
    """Return a picture as HTML, with its bytes at `source`, and its time as a link below."""
    time, href = clock(picture.at_s), _text(video.link_at(picture.at_s))
    told = f'<a rel="noopener noreferrer" href="{href}">{time}</a>' if href else time
    return (
        f'<figure><img src="{source}" width="{picture.width}" height="{picture.height}"'
        f' alt="{picture.words}"><figcaption>{told}</figcaption></figure>\n'
    )


def text_html(
    video: Video,
    section: Section,
    level: Level,
    *,
    formula: Callable[[str], str] = mathml_html,
) -> str:
    """Return the text of a section as HTML, the times of its statements as links; `formula` as for
    `to_html`."""
    rendered = to_html(placed(section.shown_at(level), section.cites), formula=formula)
    return filled(
        rendered, lambda index: cite_html(video, section.cites[index]), mark=("<mark>", "</mark>")
    )


def own_cites_html(video: Video, section: Section, level: Level) -> str:
    own = "".join(cite_html(video, cite) for cite in own_cites(section, level))
    return f'<p class="cites">{own}</p>\n' if own else ""


def cite_html(video: Video, cite: Cite) -> str:
    told = shown(cite, video)
    words = {
        "verified": f"At {told.label} in the video",
        "doubtful": f"Perhaps at {clock(cite.start_s)} in the video; not verified",
        "unchecked": f"At {told.label} in the video; not compared with its words",
    }[told.kind]
    facts = f'class="cite {told.kind}" title="{words}"'
    why = f' <small class="why">{_text(told.printed.strip())}</small>' if told.why else ""
    if not told.href:
        return f"<span {facts}>{told.label}</span>{why}"
    return f'<a {facts} rel="noopener noreferrer" href="{_text(told.href)}">{told.label}</a>{why}'


def footer_html(note: Note) -> str:
    if note.engine == Engine.OFFLINE:
        origin = "Sentences quoted from the video, chosen and ordered without a language model"
    else:
        origin = f"Written by {_text(note.model or note.engine)} from the video"
    return f"<p>{origin} · {_text(note.template)} · {_text(day_words(note.created))}</p>"


def _text(value: str) -> str:
    return escape(visible(value))
