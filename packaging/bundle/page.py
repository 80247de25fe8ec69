"""Web page of the program: the part of `README.md` for users, with the screenshot.

It has the style of exported notes and loads nothing from other servers.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURE = ROOT / "packaging" / "screenshot.png"
FOR_USERS = "\n## For developers"

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>NoteGen Desktop: turns videos into notes</title>
<meta name="description" content="A summary, study notes, slides, flashcards and more, at once.">
<link rel="icon" href="app.svg">
<style>{style}
main {{ padding-top: 2.5rem; }}
h2 {{ margin-top: 2.4rem; }}
p > img {{ max-width: 100%; border: 1px solid var(--line); border-radius: .6rem; }}
.scroll {{ overflow-x: auto; }}</style>
</head>
<body>
<main>
{body}</main>
<footer><p>NoteGen Desktop {version}, MIT licence.</p></footer>
</body>
</html>
"""


def write(folder: Path, version: str) -> None:
    """Create the folder of the page anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    words = (ROOT / "README.md").read_text("utf-8").partition(FOR_USERS)[0]
    words = words.replace("packaging/screenshot.png", PICTURE.name).replace("VERSION", version)
    body = MarkdownIt("commonmark").enable("table").render(words)
    body = body.replace("<table>", '<div class="scroll"><table>').replace(
        "</table>", "</table></div>"
    )
    style = (ROOT / "resources" / "styles" / "page.css").read_text("utf-8")
    page = PAGE.format(style=style, body=body, version=version)
    (folder / "index.html").write_text(page, "utf-8")
    shutil.copyfile(PICTURE, folder / PICTURE.name)
    shutil.copyfile(ROOT / "resources" / "icons" / "app.svg", folder / "app.svg")
