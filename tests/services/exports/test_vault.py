"""A vault is kept up to date, and what its reader wrote there is never lost."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.notes.note import Cite, Level, Note, Picture, Section
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.services.exports import files
from notegen_desktop.services.exports.vault import ledger, properties
from notegen_desktop.services.exports.vault.keeper import VaultKeeper
from notegen_desktop.services.exports.vault.merging import chunks, merge
from notegen_desktop.services.exports.vault.page import note_page
from notegen_desktop.services.ports import VaultBy, VaultForm, VaultOrder, VaultReport
from tests.fakes.notes import VIDEO, a_note, a_request
from tests.fakes.store import MemoryStore
from tests.properties import examples, texts

MARKED = a_note(
    sections=(
        Section("Arches", (Cite(118.0, 120.0, True, 1),), standard="An arch pushes [^1]."),
        Section("Cables", standard="A cable pulls."),
        Section("Towers", standard="A tower carries."),
    )
)


class Vault:
    """A folder, the library it is kept from, and the notes in it."""

    def __init__(self, folder: Path, **shape: object) -> None:
        self.folder = folder
        self.store = MemoryStore()
        self.keeper = VaultKeeper(self.store, JobBoard(), Settings)
        self.shape = shape

    async def add(self, note: Note, **request: object) -> Note:
        return await self.store.save(note, a_request(template=note.template, **request))

    async def sync(self, **order: object) -> VaultReport:
        return await self.keeper.sync(VaultOrder(self.folder, **(self.shape | order)))  # type: ignore[arg-type]

    def pages(self) -> list[str]:
        found = self.folder.rglob("*.md")
        return sorted(path.relative_to(self.folder).as_posix() for path in found)

    def page(self) -> Path:
        (name,) = self.pages()
        return self.folder / name

    def edit(self, change: Callable[[str], str]) -> None:
        path = self.page()
        path.write_text(change(path.read_text("utf-8")), "utf-8")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


def words_of(note: Note, section: int, standard: str) -> Note:
    sections = list(note.sections)
    sections[section] = replace(sections[section], standard=standard)
    return replace(note, sections=tuple(sections))


# --- what a page is ---


async def test_a_note_becomes_a_page_with_properties_and_links_to_the_second(vault: Vault) -> None:
    note = await vault.add(MARKED)
    report = await vault.sync()
    assert report.written == ["How bridges stand - Study notes.md"]
    text = vault.page().read_text("utf-8")
    assert "[1:58](https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=118s)" in text
    yaml = pytest.importorskip("yaml")
    _, front, _ = re.split(r"^---\n", text, maxsplit=2, flags=re.MULTILINE)
    told = yaml.safe_load(front)
    assert told["duration"] == "1:00:00"
    assert told["notegen"] == note.id
    assert told["tags"] == ["notegen", "notegen/study-notes"]
    assert told["created"].isoformat() == "2026-11-24"


async def test_the_tags_of_a_note_are_those_of_its_page_and_go_with_it(vault: Vault) -> None:
    note = await vault.add(MARKED)
    await vault.store.tag([note.id], add=["My exam!", "2026"])
    await vault.sync()
    assert '  - "n2026"\n  - "My-exam"\n' in vault.page().read_text("utf-8")
    vault.edit(lambda text: text.replace('  - "n2026"\n', '  - "mine"\n'))
    await vault.store.tag([note.id], remove=["My exam!"])
    await vault.sync()
    text = vault.page().read_text("utf-8")
    assert '  - "mine"\n' in text
    assert "My-exam" not in text
    assert "n2026" not in text


@pytest.mark.parametrize(
    "value",
    ["1:58", "no", "[[a]]", "# x", 'say "hi": \\n', "- a", "é 講義", "x\x85y", "\ud800", "a\nb: c",
     "2026-11-29", "null", "%", "@x", "`x`", "{a: 1}", "\u2028", "'"],
    ids=ascii,
)  # fmt: skip
def test_any_words_are_safe_as_a_property(value: str) -> None:
    entry = properties.yaml_entry("title", value)
    assert entry.lines.count("\n") == 1
    yaml = pytest.importorskip("yaml")
    read = yaml.safe_load(entry.lines)["title"]
    assert str(read) == properties.value_of(entry)
    listed = properties.yaml_entry("tags", (value, "b"))
    assert [str(each) for each in yaml.safe_load(listed.lines)["tags"]] == list(
        properties.value_of(listed) or ()
    )


def test_a_film_of_this_computer_opens_at_the_second() -> None:
    video = replace(VIDEO, provider="file", url="/home/ada/my talk (1).mp4")
    text = note_page(replace(MARKED, video=video), Level.STANDARD, VaultForm.OBSIDIAN).text()
    assert "[1:58](file:///home/ada/my%20talk%20%281%29.mp4#t=118)" in text


async def test_logseq_gets_an_outline_with_its_own_timestamps(vault: Vault) -> None:
    await vault.add(words_of(MARKED, 1, "Two things:\n\n- a\n    - b\n\n```py\nx = 1\n\ny\n```"))
    await vault.sync(form=VaultForm.LOGSEQ)
    text = (vault.folder / "pages" / "How bridges stand - Study notes.md").read_text("utf-8")
    assert text.startswith("title:: Why a bridge does not fall\n")
    assert "- {{video https://www.youtube.com/watch?v=dQw4w9WgXcQ}}\n" in text
    assert "\t- An arch pushes {{youtube-timestamp 118}}.\n" in text
    assert "- ## Cables\n\t- Two things:\n\t- a\n\t\t- b\n\t- ```py\n\t  x = 1\n" in text
    assert (await vault.sync(form=VaultForm.LOGSEQ)).unchanged == 1


async def test_a_page_may_hold_all_notes_of_a_video(vault: Vault) -> None:
    await vault.add(MARKED)
    await vault.add(replace(MARKED, template="flashcards"))
    report = await vault.sync(by=VaultBy.VIDEO)
    assert report.written == ["How bridges stand.md"]
    text = vault.page().read_text("utf-8")
    assert text.index("## Study notes\n") < text.index("### Arches") < text.index("## Flashcards\n")
    assert (await vault.sync(by=VaultBy.VIDEO)).unchanged == 1


async def test_pictures_lie_beside_the_pages(vault: Vault) -> None:
    picture = Picture(61.0, 2, 2, b"JPEG")
    first = replace(MARKED.sections[0], pictures=(picture,))
    await vault.add(replace(MARKED, sections=(first, *MARKED.sections[1:])))
    await vault.sync()
    assert f"![[{picture.name}]]\n[1:01](" in vault.page().read_text("utf-8")
    assert (vault.folder / "attachments" / picture.name).read_bytes() == b"JPEG"


async def test_names_are_safe_and_of_their_own_script_and_two_of_one_title_differ(
    vault: Vault,
) -> None:
    titled = replace(VIDEO, title="講義 [1] #2: a|b^c/d?")
    await vault.add(replace(MARKED, video=titled))
    await vault.add(replace(MARKED, video=titled, title="Another"), model="other")
    await vault.sync()
    assert vault.pages() == [
        "講義 1 2 a b c d - Study notes (2).md",
        "講義 1 2 a b c d - Study notes.md",
    ]
    assert (await vault.sync()).unchanged == 2


async def test_a_long_title_leaves_room_for_the_kind_of_note(vault: Vault) -> None:
    titled = replace(VIDEO, title="如何记住你学过的东西" * 10)
    for template in ("flashcards", "basic-summary"):
        await vault.add(replace(MARKED, video=titled, template=template))
    await vault.sync()
    assert [page.rpartition(" - ")[2] for page in vault.pages()] == [
        "Basic summary.md",
        "Flashcards.md",
    ]


@pytest.mark.parametrize("form", VaultForm)
def test_the_title_of_a_video_makes_no_tags_and_hides_nothing(form: VaultForm) -> None:
    titled = replace(VIDEO, title="Learn C# #shorts #2 %%all%% (#go)")
    page = note_page(replace(MARKED, title="", video=titled), Level.STANDARD, form)
    head = page.body.partition("## ")[0]
    assert "C# \\#shorts #2 \\%%all\\%% (\\#go)" in head
    assert not re.search(r"(?<!\\)#(?:shorts|go)", head)


def test_words_above_the_first_heading_have_no_empty_one() -> None:
    above = replace(MARKED, sections=(Section("", standard="Mine."), *MARKED.sections))
    page = note_page(above, Level.STANDARD, VaultForm.OBSIDIAN)
    assert not re.search(r"^#+\s*$", page.body, re.MULTILINE)
    assert "\n\nMine.\n\n## Arches\n" in page.body


def test_what_its_reader_writes_as_a_tag_stays_one() -> None:
    page = note_page(words_of(MARKED, 1, "Read again #exam"), Level.STANDARD, VaultForm.OBSIDIAN)
    assert "Read again #exam" in page.body


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("जीवन कौशल", "जीवन-कौशल"),
        ("เรียนรู้", "เรียนรู้"),
        ("مُهِمّ", "مُهِمّ"),
        ("❤️ cafe\u0301!", "cafe\u0301"),
        ("C++", "C"),
        ("exam/2026", "exam/2026"),
    ],
)
def test_a_tag_keeps_the_marks_of_its_letters(words: str, tag: str) -> None:
    assert properties.tag(words) == tag


# --- keeping it up to date ---


async def test_a_second_sync_writes_nothing(vault: Vault) -> None:
    await vault.add(MARKED)
    await vault.sync()
    os.utime(vault.page(), ns=(1, 1))
    before = {path: path.stat() for path in vault.folder.rglob("*") if path.is_file()}
    assert (await vault.sync()).words == (
        "0 written, 0 updated, 1 unchanged, 0 kept because edited"
    )
    await vault.sync()
    after = {path: path.stat() for path in vault.folder.rglob("*.md") if path.is_file()}
    assert {path: (s.st_mtime_ns, s.st_ino) for path, s in after.items()} == {
        path: (s.st_mtime_ns, s.st_ino) for path, s in before.items() if path in after
    }


async def test_an_untouched_page_is_replaced_by_the_changed_note(vault: Vault) -> None:
    note = await vault.add(MARKED)
    await vault.sync()
    await vault.store.revise(words_of(note, 1, "A cable only pulls."))
    report = await vault.sync()
    assert len(report.updated) == 1
    assert not report.edited
    assert "A cable only pulls." in vault.page().read_text("utf-8")


async def test_a_readers_own_words_stay_and_the_rest_is_brought_up_to_date(vault: Vault) -> None:
    note = await vault.add(MARKED)
    await vault.sync()
    vault.edit(
        lambda text: (
            text.replace("A cable pulls.", "A cable pulls.\n\nMine: steel!")
            .replace("## Towers", "## My questions\n\nWhy?\n\n## Towers")
            .replace('language: "en"\n', 'language: "en"\nstatus: read\naliases:\n  - Bridges\n')
        )
    )
    newer = words_of(words_of(note, 1, "A cable only pulls."), 2, "A tower bears.")
    await vault.store.revise(
        replace(newer, sections=(*newer.sections, Section("Decks", standard="Flat.")))
    )
    report = await vault.sync()
    text = vault.page().read_text("utf-8")
    assert "Mine: steel!" in text
    assert "## My questions\n\nWhy?\n" in text
    assert "status: read\naliases:\n  - Bridges\n" in text
    assert "A tower bears." in text
    assert "Flat." in text
    assert "A cable only pulls." not in text
    assert [page.sections for page in report.kept] == [("Cables",)]
    again = await vault.sync()
    assert again.edited == vault.pages()
    assert not again.updated
    assert vault.page().read_text("utf-8") == text


async def test_what_was_merged_once_is_still_the_readers_at_the_next_change(vault: Vault) -> None:
    note = await vault.add(MARKED)
    await vault.sync()
    vault.edit(lambda text: text.replace("A cable pulls.", "Mine."))
    for number in range(3):
        await vault.store.revise(words_of(note, 2, f"A tower bears {number}."))
        await vault.sync()
        text = vault.page().read_text("utf-8")
        assert "Mine." in text
        assert f"A tower bears {number}." in text


async def test_properties_in_another_spelling_are_no_edit_and_changed_ones_stay(
    vault: Vault,
) -> None:
    note = await vault.add(MARKED)
    await vault.sync()
    vault.edit(
        lambda text: (
            text.replace('"Why a bridge does not fall"', "Why a bridge does not fall")
            .replace('tags:\n  - "notegen"\n  - "notegen/study-notes"', "tags: [notegen, mine]")
            .replace('channel: "The Workshop"', "channel: Workshop Inc.")
            .replace('template: "study-notes"\n', "")
        )
    )
    await vault.store.revise(replace(note, title="Why bridges stand", language="de"))
    await vault.sync()
    text = vault.page().read_text("utf-8")
    assert 'title: "Why bridges stand"' in text
    assert 'language: "de"' in text
    assert "channel: Workshop Inc." in text
    assert "tags: [notegen, mine]" in text
    assert "template:" not in text


async def test_a_moved_page_is_found_again_and_a_copy_is_not_taken_for_it(vault: Vault) -> None:
    note = await vault.add(MARKED)
    await vault.sync()
    old = vault.page()
    new = vault.folder / "Physics" / "Bridges.md"
    new.parent.mkdir()
    old.rename(new)
    assert (await vault.sync()).moved == [(old.name, "Physics/Bridges.md")]
    await vault.store.revise(words_of(note, 0, "Changed."))
    assert (await vault.sync()).updated == ["Physics/Bridges.md"]
    assert vault.pages() == ["Physics/Bridges.md"]


async def test_a_deleted_page_stays_deleted_unless_it_is_asked_for(vault: Vault) -> None:
    note = await vault.add(MARKED)
    await vault.sync()
    vault.page().unlink()
    await vault.store.revise(words_of(note, 0, "Changed."))
    assert len((await vault.sync()).deleted) == 1
    assert vault.pages() == []
    assert len((await vault.sync(restore=True)).written) == 1
    assert "Changed." in vault.page().read_text("utf-8")


async def test_a_page_that_a_cloud_took_away_is_there_and_not_deleted(vault: Vault) -> None:
    await vault.add(MARKED)
    await vault.sync()
    page = vault.page()
    page.rename(page.with_name(f".{page.name}.icloud"))
    for restore in (False, True):
        report = await vault.sync(restore=restore)
        assert (report.away, report.deleted, report.written) == ([page.name], [], [])
        assert "not downloaded: 1" in report.words


async def test_a_page_that_is_elsewhere_until_it_is_read_is_there(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    await vault.add(MARKED)
    await vault.sync()
    page = vault.page()
    page.write_bytes(b"\0")
    real = Path.stat

    def stat(self: Path, **how: bool) -> object:
        known = real(self, **how)
        if self != page:
            return known
        names = ("st_size", "st_mtime_ns", "st_mode")
        return SimpleNamespace(
            **{each: getattr(known, each) for each in names}, st_file_attributes=0x400000
        )

    monkeypatch.setattr(Path, "stat", stat)
    report = await vault.sync()
    assert (report.away, report.untied, report.deleted) == ([page.name], [], [])


async def test_a_page_without_its_id_is_its_readers_alone(vault: Vault) -> None:
    note = await vault.add(MARKED)
    await vault.sync()
    vault.edit(lambda text: text.partition("\n---\n")[2])
    before = vault.page().read_bytes()
    await vault.store.revise(words_of(note, 0, "Changed."))
    assert (await vault.sync()).untied == vault.pages()
    assert vault.page().read_bytes() == before


async def test_the_page_of_a_note_that_the_library_lost_stays(vault: Vault) -> None:
    note = await vault.add(MARKED)
    await vault.sync()
    await vault.store.delete(note.id)
    assert (await vault.sync()).gone == vault.pages()


async def test_a_dry_run_tells_and_writes_nothing(vault: Vault) -> None:
    note = await vault.add(MARKED)
    assert len((await vault.sync(dry_run=True)).written) == 1
    assert not vault.folder.exists()
    await vault.sync()
    before = vault.page().read_bytes()
    await vault.store.revise(words_of(note, 0, "Changed."))
    assert len((await vault.sync(dry_run=True)).updated) == 1
    assert vault.page().read_bytes() == before
    assert len((await vault.sync()).updated) == 1


async def test_a_page_in_the_line_ends_of_windows_keeps_them(vault: Vault) -> None:
    note = await vault.add(MARKED)
    await vault.sync()
    crlf = vault.page().read_bytes().replace(b"\n", b"\r\n").replace(b"A cable pulls.", b"Mine.")
    vault.page().write_bytes(crlf)
    await vault.store.revise(words_of(note, 2, "A tower bears."))
    await vault.sync()
    content = vault.page().read_bytes()
    assert b"A tower bears.\r\n" in content
    assert b"Mine.\r\n" in content
    assert content.count(b"\n") == content.count(b"\r\n")


async def test_a_file_that_is_no_text_is_left_alone_and_said(vault: Vault) -> None:
    note = await vault.add(MARKED)
    await vault.sync()
    broken = vault.page().read_bytes().replace(b"A cable", b"\xff\xfe")
    vault.page().write_bytes(broken)
    await vault.store.revise(words_of(note, 2, "A tower bears."))
    assert [reason for _, reason in (await vault.sync()).failed] == ["it is not UTF-8 text"]
    assert vault.page().read_bytes() == broken


async def test_a_page_that_cannot_be_read_just_now_costs_no_other(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is fetched by a cloud drive, or moved at that very moment."""
    await vault.add(MARKED)
    await vault.sync()
    vault.edit(lambda text: f"{text}\nMine.\n")
    held = vault.page()
    await vault.add(replace(MARKED, template="chapters"))
    read = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path == held:
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)
    report = await vault.sync()
    assert report.failed == [(held.name, "Permission denied")]
    assert report.written == ["How bridges stand - Chapters.md"]


async def test_a_lost_memory_costs_no_words_of_the_reader(vault: Vault) -> None:
    note = await vault.add(MARKED)
    await vault.sync()
    vault.edit(lambda text: text.replace("A cable pulls.", "Mine."))
    (vault.folder / ledger.FOLDER / "written.jsonl").unlink()
    await vault.store.revise(words_of(note, 1, "A cable only pulls."))
    report = await vault.sync()
    assert not report.written
    assert "Mine." in vault.page().read_text("utf-8")


class Killed(BaseException):
    """The program ends here."""


@pytest.mark.parametrize("die_at", range(8))
async def test_a_death_at_any_moment_loses_nothing(
    vault: Vault, die_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = await vault.add(MARKED)
    other = await vault.add(replace(MARKED, template="flashcards"))
    await vault.sync()
    page = vault.folder / "How bridges stand - Study notes.md"
    page.write_text(page.read_text("utf-8").replace("A cable pulls.", "Mine."), "utf-8")
    for each in (note, other):
        await vault.store.revise(words_of(each, 2, "A tower bears."))
    moments = count()

    def deadly(before: Callable[..., object]) -> Callable[..., object]:
        def act(*given: object) -> object:
            if next(moments) == die_at:
                raise Killed
            return before(*given)

        return act

    with monkeypatch.context() as patch:
        patch.setattr(files, "put", deadly(files.put))
        patch.setattr(ledger.SyncState, "_append", deadly(ledger.SyncState._append))
        with suppress(Killed):
            await vault.sync()
    for each in (note, other):
        await vault.store.revise(words_of(each, 2, "A tower holds."))
    await vault.sync()
    for name in vault.pages():
        text = (vault.folder / name).read_text("utf-8")
        assert "A tower holds." in text
        assert "A tower bears." not in text
    assert "Mine." in page.read_text("utf-8")


async def test_what_its_reader_saves_meanwhile_is_merged_too(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = await vault.add(MARKED)
    await vault.sync()
    await vault.store.revise(words_of(note, 2, "A tower bears."))
    add = ledger.SyncState.add
    saved: list[bool] = []

    def save_first(self: ledger.SyncState, record: ledger.Record) -> None:
        if not saved:
            saved.append(True)
            vault.edit(lambda text: text.replace("A cable pulls.", "Mine."))
        add(self, record)

    monkeypatch.setattr(ledger.SyncState, "add", save_first)
    await vault.sync()
    text = vault.page().read_text("utf-8")
    assert "Mine." in text
    assert "A tower bears." in text


@pytest.mark.parametrize("form", VaultForm)
@pytest.mark.parametrize("by", VaultBy)
@pytest.mark.parametrize("seed", range(3))
async def test_years_of_editing_moving_and_writing_again_lose_no_line(
    tmp_path: Path, form: VaultForm, by: VaultBy, seed: int
) -> None:
    chance = random.Random(seed)
    vault = Vault(tmp_path / "vault", form=form, by=by)
    for template in ("study-notes", "flashcards", "quiz"):
        await vault.add(replace(MARKED, template=template))
    await vault.sync()
    mine: list[str] = []
    for year in range(8):
        for path in [vault.folder / name for name in vault.pages()]:
            lines = path.read_text("utf-8").split("\n")
            properties_end = lines.index("---", 1) + 1 if lines[0] == "---" else lines.index("") + 1
            mine.append(f"mine {year} {len(mine)}")
            shape = chance.choice(["{}", "- {}", "## {}", "> {}", "```\n{}\n```"])
            lines.insert(chance.randrange(properties_end, len(lines) + 1), shape.format(mine[-1]))
            path.write_text("\n".join(lines), "utf-8")
            if chance.random() < 0.2:
                moved = vault.folder / f"in {year}" / f"{len(mine)}.md"
                moved.parent.mkdir(exist_ok=True)
                path.rename(moved)
        for version in await vault.store.stamps():
            note = await vault.store.get(version.id)
            sections = list(note.sections)
            fresh = Section(chance.choice(["Arches", "Decks", f"New {year}"]), standard=f"{year}")
            sections.insert(chance.randrange(len(sections) + 1), fresh)
            sections.pop(chance.randrange(len(sections)))
            title = chance.choice([note.title, f"Title {year}"])
            await vault.store.revise(replace(note, title=title, sections=tuple(sections)))
        report = await vault.sync()
        assert (report.failed, report.written, report.deleted) == ([], [], [])
        told = "".join((vault.folder / name).read_text("utf-8") for name in vault.pages())
        assert [line for line in mine if line not in told] == []
        assert not (await vault.sync()).updated


# --- merging ---

_WORDS = st.sampled_from(["one", "two", "three\n# no\n"]) | texts(max_size=4).map(clean)
_BODIES = st.lists(st.tuples(st.sampled_from("ABCD"), _WORDS), max_size=5).map(
    lambda parts: "# T\n\n" + "".join(f"## {h}\n\n{w}\n\n" for h, w in parts)
)


@examples(200)
@given(texts("#a \n`~-\t", max_size=80))
def test_pieces_put_together_are_the_page(body: str) -> None:
    assert "".join(chunk.text for chunk in chunks(body)) == body


def test_a_line_ends_where_markdown_ends_it() -> None:
    assert [chunk.key for chunk in chunks("## A\n\nwords\u2028## no heading\n")] == ["A"]


@examples(300)
@given(_BODIES, _BODIES, _BODIES)
@example("# T\n\n", "# T\n\n## A\n\none\n\n", "# T\n\n## A\n\n# \n\n")
def test_no_words_of_the_reader_are_lost_in_a_merge(old: str, mine: str, new: str) -> None:
    known = {chunk.key: chunk.digest for chunk in chunks(old)}
    merged = chunks(merge(chunks(mine), chunks(new), [known]).text)
    kept = {chunk.digest for chunk in merged}
    for chunk in chunks(mine):
        if known.get(chunk.key) != chunk.digest:
            assert chunk.digest in kept
    again = merge(merged, chunks(new), [{c.key: c.digest for c in chunks(new)}])
    assert [chunk.digest for chunk in chunks(again.text)] == [chunk.digest for chunk in merged]


@examples(100)
@given(_BODIES, _BODIES)
def test_a_page_as_it_was_written_becomes_the_new_one(old: str, new: str) -> None:
    known = {chunk.key: chunk.digest for chunk in chunks(old)}
    merged = merge(chunks(old), chunks(new), [known])
    assert not merged.kept
    assert {c.digest for c in chunks(merged.text)} == {c.digest for c in chunks(new)}
