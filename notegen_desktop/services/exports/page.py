"""What a document says of the video under its title."""

from __future__ import annotations

from html import escape

from notegen_desktop.domain.links.outgoing_links import may_link
from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Cite, Engine, Level, Note, Section
from notegen_desktop.domain.text.cleaning import harmless, visible
from notegen_desktop.domain.text.dates import day_words
from notegen_desktop.services.markup.html import to_html

from .blocks import TextRun
from .scripts import Language

SEPARATOR = " · "


def facts(note: Note) -> list[TextRun]:
    """The video's name with its link, its channel and length; a name is not said twice."""
    video = note.video
    link = video.url if may_link(video.url) else ""
    said: list[TextRun] = []
    if link or note.title not in ("", video.name):
        said.append(TextRun(video.name, href=link))
    said += [TextRun(each) for each in (video.channel, clock(video.duration_s or 0)) if each]
    return said if video.duration_s else said[:-1]


# --- The note as one page that needs nothing else ---

_CONTENTS_FROM = 4
"""A note of fewer sections needs no list of contents."""


def render(note: Note, level: Level) -> bytes:
    title = _text(note.title or note.video.name)
    language = escape(visible(note.language) or "und")
    direction = "rtl" if Language.of(note.language).runs_right_to_left else "ltr"
    sections = "".join(
        _section(note.video, number, section) for number, section in enumerate(note.sections, 1)
    )
    page = f"""<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
{_switch(level)}
<header>
<h1 dir="auto">{title}</h1>
<p class="facts" dir="auto">{_facts(note)}</p>
</header>
{_contents(note)}
<main>
{sections}</main>
<footer dir="ltr">{_footer(note)}</footer>
</body>
</html>
"""
    return harmless(page).encode()


def _switch(level: Level) -> str:
    """The radio buttons come first, so that style can reach everything after them."""
    inputs = "".join(
        f'<input type="radio" name="level" id="level-{each}"{" checked" if each is level else ""}>'
        for each in Level
    )
    labels = "".join(f'<label for="level-{each}">{each.capitalize()}</label>' for each in Level)
    return f'{inputs}\n<div class="switch" role="group" aria-label="Level of detail">{labels}</div>'


def _facts(note: Note) -> str:
    return SEPARATOR.join(
        f'<a href="{_text(fact.href)}" rel="noopener noreferrer">{_text(fact.text)}</a>'
        if fact.href
        else _text(fact.text)
        for fact in facts(note)
    )


def _contents(note: Note) -> str:
    if len(note.sections) < _CONTENTS_FROM:
        return ""
    items = "".join(
        f'<li><a href="#s{number}" dir="auto">{_text(section.heading)}</a></li>'
        for number, section in enumerate(note.sections, 1)
    )
    return f'<nav aria-label="Contents"><ol>{items}</ol></nav>'


def _section(video: Video, number: int, section: Section) -> str:
    cites = "".join(_cite(video, cite) for cite in section.cites)
    row = f'<p class="cites">{cites}</p>\n' if cites else ""
    told = "".join(
        f'<div class="{each}" dir="auto">\n{to_html(section.shown_at(each))}</div>\n'
        for each in Level
    )
    return (
        f'<section id="s{number}">\n<h2 dir="auto">{_text(section.heading)}</h2>\n'
        f"{row}{told}</section>\n"
    )


def _cite(video: Video, cite: Cite) -> str:
    label = clock(cite.start_s)
    link = video.link_at(cite.start_s)
    if cite.verified:
        kind, words = "cite", f"At {label} in the video"
    else:
        kind, words = "cite unsure", f"Perhaps at {label} in the video; not verified"
        label += "?"
    if not link:
        return f'<span class="{kind}" title="{words}">{label}</span>'
    return (
        f'<a class="{kind}" title="{words}" rel="noopener noreferrer" href="{_text(link)}">'
        f"{label}</a>"
    )


def _footer(note: Note) -> str:
    if note.engine == Engine.OFFLINE:
        origin = "Sentences quoted from the video, chosen and ordered without a language model"
    else:
        origin = f"Written by {_text(note.model or note.engine)} from the video"
    return f"<p>{origin} · {_text(note.template)} · {_text(day_words(note.created))}</p>"


def _text(value: str) -> str:
    return escape(visible(value))


# --- The look of an exported page ---

STYLE = """
:root {
  --paper: #fdfdfb; --ink: #22252a; --soft: #62676f; --line: #e2e2dc; --tint: #f2f3ef;
  --accent: #1a5fb4; --on-accent: #ffffff; --unsure: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #17191d; --ink: #dfe2e7; --soft: #9aa1ac; --line: #31353c; --tint: #20242a;
    --accent: #8ab8f5; --on-accent: #10131a; --unsure: #e0b060;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 4.5rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0 auto; padding: 0 1.25rem 4rem; max-width: 44rem; background: var(--paper);
  color: var(--ink); overflow-wrap: break-word;
  font: 1.0625rem/1.65 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header { padding: 1.5rem 0 .5rem; }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 2rem; margin: 0 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.35rem; margin: 0 0 .5rem; }
h3, h4, h5, h6 { font-size: 1.05rem; margin: 1.4em 0 .4em; }
.facts, footer { color: var(--soft); font-size: .94rem; }
a { color: var(--accent); text-decoration-thickness: .06em; text-underline-offset: .15em; }
input[name=level] { position: fixed; top: 0; opacity: 0; pointer-events: none; }
.switch {
  position: sticky; top: 0; z-index: 1; display: flex; justify-content: center; gap: .25rem;
  padding: .75rem 0; background: var(--paper); border-bottom: 1px solid var(--line);
}
.switch label {
  padding: .3rem .9rem; border-radius: 999px; color: var(--soft); cursor: pointer;
  font-size: .94rem;
}
.switch label:hover { background: var(--tint); color: var(--ink); }
#level-concise:checked ~ .switch [for=level-concise],
#level-standard:checked ~ .switch [for=level-standard],
#level-comprehensive:checked ~ .switch [for=level-comprehensive] {
  background: var(--accent); color: var(--on-accent);
}
#level-concise:focus-visible ~ .switch [for=level-concise],
#level-standard:focus-visible ~ .switch [for=level-standard],
#level-comprehensive:focus-visible ~ .switch [for=level-comprehensive] {
  outline: 3px solid var(--accent); outline-offset: 2px;
}
.concise, .standard, .comprehensive { display: none; }
#level-concise:checked ~ main .concise,
#level-standard:checked ~ main .standard,
#level-comprehensive:checked ~ main .comprehensive { display: block; }
nav { margin: 1rem 0 0; padding: .75rem 1.25rem; background: var(--tint); border-radius: .6rem; }
nav ol { margin: 0; padding-inline-start: 1.4rem; columns: 17rem auto; column-gap: 2.5rem; }
nav li { break-inside: avoid; padding: .1rem 0; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
section { margin-top: 2.2rem; padding-top: 1.6rem; border-top: 1px solid var(--line); }
main > section:first-child { border-top: 0; }
.cites { display: flex; flex-wrap: wrap; gap: .35rem; margin: 0 0 .8rem; }
.cite {
  padding: .05rem .55rem; border: 1px solid var(--line); border-radius: 999px; font-size: .84rem;
  font-variant-numeric: tabular-nums; text-decoration: none; background: var(--tint);
}
a.cite:hover { border-color: var(--accent); }
.unsure { color: var(--unsure); border-style: dashed; }
p, ul, ol, pre, table, blockquote { margin: 0 0 1em; }
li > p { margin-bottom: .4em; }
blockquote {
  padding-inline-start: 1em; border-inline-start: 3px solid var(--line); color: var(--soft);
  margin-inline: 0;
}
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
:not(pre) > code { padding: .1em .35em; border-radius: .3em; background: var(--tint); }
pre { padding: .9rem 1rem; overflow-x: auto; border-radius: .5rem; background: var(--tint); }
table { border-collapse: collapse; display: block; overflow-x: auto; font-size: .96em; }
th, td { padding: .4rem .7rem; border: 1px solid var(--line); text-align: start; }
th { background: var(--tint); }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.5em 0; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); }
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --line: #ccc; --tint: #f6f6f6;
    --accent: #1a4f8f; --unsure: #6b4a00; }
  body { max-width: none; padding: 0; font-size: 11pt; }
  .switch, nav { display: none; }
  section { border-top: 0; padding-top: 0; }
  h2 { break-after: avoid; }
  pre, blockquote, table, .cites { break-inside: avoid; }
}
"""
