"""Catalogues of the interface languages: `python3 packaging/dev.py words`.

    words             extract all texts, update and compile every catalogue, then check them
    words --compile   only write the `.mo` files that the program reads
    words --check     only print problems; exit code 1 if there are any
    words --merge OURS THEIRS    merge the catalogue THEIRS into the catalogue OURS

Git runs the last for catalogues that two branches changed, if configured by:

    git config merge.catalogue.driver "python3 packaging/dev.py words --merge %A %B"

A catalogue is `resources/languages/TAG/LC_MESSAGES/notegen.po`; `notegen.pot` is the template of
new ones. They are sorted and contain neither line numbers nor dates, so that a diff shows only
changed texts. Babel extracts the texts of the code; texts in data are collected here.
"""

from __future__ import annotations

import re
import string
import sys
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ROOT / "resources" / "languages"
TEMPLATE = LANGUAGES / "notegen.pot"
KEYWORDS = {
    "_": None,
    "N_": None,
    "N2_": (1, 2),
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "NP_": ((1, "c"), 2),
}
NAMES_AS_CHOICES = (
    *("general.engine", "general.interface_language", "gemini.model"),
    *("sources.cookies_from_browser", "appearance.motion"),
)
"""Settings whose choices are untranslated names, or have labels of their own."""
TAGS = (
    *("ar", "de", "es", "fr", "he", "hi", "id", "it", "ja", "ko", "pl", "pt", "ru", "tr", "uk"),
    *("vi", "zh_CN", "zh_TW"),
)
MAX_MISSING_SHARE = 0.3
"""Catalogues missing more than this share of their texts are not offered to users."""
TIGHT = 0.02
"""Largest share of missing texts in an offered catalogue: room for the newest texts."""
NEVER = datetime(2026, 1, 1, tzinfo=UTC)
"""Date in the header of each catalogue: a real one would change with every run."""


def texts_in_data() -> Iterator[str]:
    """Yield the translatable texts that are not literals marked in the code."""
    sys.path.insert(0, str(ROOT))
    from notegen_desktop.domain.settings.table import SETTINGS
    from notegen_desktop.domain.text.languages import NAMES
    from notegen_desktop.domain.words import lines_of

    for path in sorted((ROOT / "resources" / "templates").glob("*.toml")):
        template = tomllib.loads(path.read_text("utf-8"))
        yield template["name"]
        yield template["description"]
    for __, line in lines_of((ROOT / "resources" / "guide.md").read_text("utf-8")):
        yield line
    yield from NAMES
    for setting in SETTINGS:
        if setting.key not in NAMES_AS_CHOICES:
            yield from (choice.capitalize() for choice in setting.choices)
    yield from ("Other server", "environment", "file", "default", "command line")
    yield from ("key ring", "this session", "channel", "playlist", "podcast", "folder")
    yield from ("Channel", "Playlist", "Podcast", "Folder")


def extracted() -> Catalog:
    found = Catalog(project="NoteGen Desktop", creation_date=NEVER, fuzzy=False)
    found.revision_date = NEVER
    for _file, _line, message, comments, context in extract_from_dir(
        ROOT / "notegen_desktop", [("**.py", "python")], keywords=KEYWORDS
    ):
        texts = message if isinstance(message, tuple) else (message,)
        if all(texts):
            found.add(message, context=context, auto_comments=comments)
    for text in texts_in_data():
        if text:
            found.add(text)
    return found


def catalogue_of(tag: str) -> Path:
    return LANGUAGES / tag / "LC_MESSAGES" / "notegen.po"


def read(path: Path, tag: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=tag)


def write(path: Path, catalogue: Catalog) -> None:
    catalogue.creation_date = catalogue.revision_date = NEVER
    for message in catalogue:
        message.flags.discard("python-format")  # percent signs are literal
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(
            file, catalogue, width=100, no_location=True, sort_output=True, ignore_obsolete=True
        )


def update(found: Catalog) -> None:
    write(TEMPLATE, found)
    for tag in TAGS:
        path = catalogue_of(tag)
        if path.exists():
            catalogue = read(path, tag)
            catalogue.update(found, no_fuzzy_matching=True)
        else:
            catalogue = Catalog(locale=tag, project="NoteGen Desktop", fuzzy=False)
            catalogue.update(found)
        write(path, catalogue)


def compile_all() -> None:
    """Compile all catalogues; those missing too many texts become empty files.

    An empty file is not offered: a language offered for choice should be readable throughout.
    """
    for path in LANGUAGES.glob("*/LC_MESSAGES/notegen.po"):
        catalogue = read(path, path.parent.parent.name)
        compiled = path.with_suffix(".mo")
        if len(missing(catalogue)) > len(catalogue) * MAX_MISSING_SHARE:
            compiled.write_bytes(b"")  # newer than the catalogue: not compiled again
            continue
        with compiled.open("wb") as file:
            write_mo(file, catalogue)


def merge(ours: Path, theirs: Path) -> None:
    """Merge the catalogue `theirs` into `ours`; where both translate a text, `theirs` wins."""
    merged = read(ours)
    for message in read(theirs):
        mine = merged.get(message.id, message.context) if message.id else message
        if mine is None:
            merged.add(message.id, message.string, context=message.context)
        elif isinstance(mine.id, tuple) != isinstance(message.id, tuple):  # a plural was added
            mine.id, mine.string = message.id, message.string
        elif is_whole(message):
            mine.string = message.string
    write(ours, merged)


# --- problems of a catalogue ---

PERCENT = re.compile(r"%(?:\(\w+\))?[sr]")
"""Placeholders in argparse's texts."""


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def problems(tag: str, catalogue: Catalog) -> Iterator[str]:
    for message in catalogue:
        if not message.id:
            continue
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        texts = message.id if isinstance(message.id, tuple) else (message.id,)
        where = f"{tag}: “{texts[0]}”"
        if message.fuzzy:
            yield f"{where}: is marked fuzzy"
        if not all(forms):
            continue  # counted by `missing`
        if isinstance(message.id, tuple) and len(forms) != catalogue.num_plurals:
            yield f"{where}: has {len(forms)} forms, the language {catalogue.num_plurals}"
        yield from (f"{where}: {what}" for form in forms for what in _wrong(texts, form))


def _wrong(texts: Sequence[str], form: str) -> Iterator[str]:
    try:
        found = placeholders(form)
    except ValueError as error:
        yield f"“{form}” cannot be filled: {error}"
        return
    wanted = [placeholders(text) for text in texts]
    least, most = set.intersection(*wanted), set.union(*wanted)
    if not found <= most:
        yield f"has the placeholder {', '.join(sorted(found - most))}, which the English has not"
    if not least - {"n"} <= found:
        yield f"lacks the placeholder {', '.join(sorted(least - found))}"
    if len(texts) == 1 and "n" in least - found:
        yield "lacks the placeholder n"
    if sorted(PERCENT.findall(form)) != sorted(PERCENT.findall(texts[0])):
        yield f"“{form}” has not the same %s as the English"
    if re.search(r"\w", texts[0]) and _edges(form) != _edges(texts[0]):
        yield "begins or ends with other spaces or line ends than the English"


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def is_whole(message: Message) -> bool:
    return all(message.string if isinstance(message.string, tuple) else (message.string,))


def missing(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id and not is_whole(message)]


def check() -> int:
    found = extracted()
    wanted = {(message.id, message.context) for message in found if message.id}
    known = {(m.id, m.context) for m in read(TEMPLATE) if m.id} if TEMPLATE.exists() else set()
    wrong = 0
    if wanted != known:
        print(f"notegen.pot is not up to date ({len(wanted ^ known)} texts): dev.py words")
        wrong += 1
    for tag in TAGS:
        if not catalogue_of(tag).exists():
            continue
        catalogue = read(catalogue_of(tag), tag)
        for problem in problems(tag, catalogue):
            print(problem)
            wrong += 1
        if left := len(missing(catalogue)):
            share = left / len(catalogue)
            too_many = TIGHT < share <= MAX_MISSING_SHARE
            print(
                f"{tag}: {left} of {len(wanted)} texts are not translated yet"
                + (", too many for a language that is offered" if too_many else "")
            )
            wrong += too_many
    return 1 if wrong else 0


def main(arguments: Sequence[str]) -> int:
    if "--compile" in arguments:
        compile_all()
        return 0
    if "--merge" in arguments:
        merge(*map(Path, arguments[1:]))
        return 0
    if "--check" not in arguments:
        update(extracted())
        compile_all()
    return check()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
