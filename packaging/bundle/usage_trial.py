"""Further uses of the program, besides generating notes, tried in the bare Debian."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from chroot import HOME, ChrootDebian

LANGUAGES = Path(__file__).resolve().parent.parent.parent / "resources" / "languages"
SHOWN = ("en", "de", "ar")
"""Languages whose window is captured in a screenshot; the last runs from right to left."""
ANSWERING_S = 15
SETTLING_S = 4.0
"""Seconds until all animations of the window have ended."""


class UsageTrial:
    """Steps in the bare Debian, each returning what it found.

    `talk` is the path inside of the sample transcript whose notes are in the library.
    """

    def __init__(self, debian: ChrootDebian, work: Path, talk: str) -> None:
        self._debian = debian
        self._work = work
        self._talk = talk

    def steps(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "all languages of the command line", self.languages
        yield "notes: edited, written again, found, copied, deleted, back", self.notes
        yield "templates: added, removed, back", self.templates
        yield "a guide over two talks, cards", self.guide
        yield "the library for other programs", self.protocol
        yield "a newer yt-dlp, and one that does not work", self.newer_ytdlp
        yield "a key in the key ring", self.key_ring
        yield "the window in its languages", self.window

    def languages(self) -> str:
        """Check that each language has its catalogue: the help texts must all differ."""
        tags = sorted(path.name for path in LANGUAGES.iterdir() if path.is_dir())
        said = {tag: self._help(tag) for tag in ("C", *tags)}
        alike = [tag for tag in tags if list(said.values()).count(said[tag]) > 1]
        assert not alike, f"not in their own words: {alike}"
        return f"{len(tags)} besides English"

    def _help(self, tag: str) -> str:
        return self._debian.good("env", f"LANGUAGE={tag}", "notegen", "--help")

    def notes(self) -> str:
        note = self._any_note()
        text = self._debian.good("notegen", "notes", "edit", note)
        mine = f"{text}\nA line of mine.\n"
        self._debian.good("notegen", "notes", "edit", note, "--file", "-", said=mine)
        assert "A line of mine." in self._debian.good("notegen", "notes", "show", note)
        self._debian.good("notegen", "notes", "again", note, "--engine", "offline")
        self._debian.good("notegen", "notes", "again", note, "--keep", "new")
        assert "A line of mine." not in self._debian.good("notegen", "notes", "show", note)
        versions = self._debian.good("notegen", "notes", "versions", note).splitlines()
        assert json.loads(self._debian.good("notegen", "notes", "search", "spacing", "--json"))
        self._debian.good("notegen", "notes", "copy", f"{HOME}/copy.db")
        url = f"NOTEGEN_DATABASE_URL=sqlite:///{HOME}/copy.db"
        assert note in self._debian.good("env", url, "notegen", "notes", "list")
        self._debian.good("notegen", "notes", "delete", note)
        assert note not in self._debian.good("notegen", "notes", "list")
        self._debian.good("notegen", "notes", "restore", note)
        assert note in self._debian.good("notegen", "notes", "list")
        return f"{len(versions)} versions of a note"

    def _any_note(self) -> str:
        listed = json.loads(self._debian.good("notegen", "notes", "list", "--json"))
        return next(each["id"] for each in listed if each["template"] == "study-notes")

    def templates(self) -> str:
        self._debian.good("notegen", "templates", "duplicate", "quiz")
        listed = json.loads(self._debian.good("notegen", "templates", "list", "--json"))
        own = [each["id"] for each in listed if not each["built_in"]]
        assert own, listed
        self._debian.good("notegen", "templates", "export", own[0], "-o", f"{HOME}/mine.toml")
        self._debian.good("notegen", "templates", "remove", own[0])
        self._debian.good("notegen", "templates", "add", f"{HOME}/mine.toml")
        assert own[0] in self._debian.good("notegen", "templates", "list")
        return own[0]

    def guide(self) -> str:
        talk = (self._debian.root / self._talk.lstrip("/")).read_text("utf-8")
        part = self._work / "another.vtt"
        part.write_text(talk.replace("memory", "recollection"), "utf-8")
        other = self._debian.put(part, f"{HOME}/another.vtt")
        out = f"{HOME}/guide"
        self._debian.good("notegen", "guide", self._talk, other, "--engine", "offline", "-o", out)
        assert list(self._debian.path("guide").rglob("*.md")), "no guide"
        self._debian.good("notegen", "cards", "export", "-o", f"{HOME}/cards.apkg")
        return "and an Anki file"

    def protocol(self) -> str:
        """Call `notegen mcp` over its standard input and output, like another program."""
        about = {"protocolVersion": "2025-06-18", "capabilities": {}}
        about["clientInfo"] = {"name": "check", "version": "1"}
        asked = {"name": "search", "arguments": {"words": "memory"}}
        lines = (
            {"id": 1, "method": "initialize", "params": about},
            {"method": "notifications/initialized"},
            {"id": 2, "method": "tools/list"},
            {"id": 3, "method": "tools/call", "params": asked},
        )
        said = "".join(json.dumps({"jsonrpc": "2.0", **line}) + "\n" for line in lines)
        # The server stops at the end of its input, even in the middle of an answer.
        served = f"{{ cat; sleep {ANSWERING_S}; }} | notegen mcp"
        told = self._debian.good("sh", "-c", served, said=said).splitlines()
        answers = {each["id"]: each["result"] for each in map(json.loads, told) if "id" in each}
        assert not answers[3].get("isError"), answers[3]
        return f"{len(answers[2]['tools'])} tools"

    def newer_ytdlp(self) -> str:
        """Update yt-dlp from a local server, then read a video of a fake YouTube with it.

        An update that does not start must be refused.
        """
        from tests.fakes.site import FakeSite
        from tests.fakes.ytdlp_releases import NEW, OWN, archive, released

        broken, good = archive(NEW, "yt_dlp/__init__.py"), archive(NEW)
        with FakeSite({}) as site:
            for content, ending in ((broken, f"{OWN} is used."), (good, "from the next start on.")):
                url = f"NOTEGEN_YTDLP_URL={released(site, NEW, content)}"
                command = ("notegen", "doctor", "--update-yt-dlp", "--yes")
                told = self._debian.good("env", url, *command, network=True)
                assert ending in told, told
        assert self._debian.path(f".local/share/notegen-desktop/yt-dlp/{NEW}/yt_dlp").is_dir()
        begun = time.monotonic()
        self._youtube()
        return f"{NEW} instead of {OWN}, a transcript in {time.monotonic() - begun:.1f} s"

    def _youtube(self) -> None:
        from tests.fakes.youtube import FakeVideo, FakeYoutube

        with FakeYoutube() as youtube:
            youtube.add(FakeVideo("abcdefghijk"))
            told = f"NOTEGEN_YOUTUBE_URL={youtube.url}"
            video = "https://www.youtube.com/watch?v=abcdefghijk"
            self._debian.good("env", told, "notegen", "transcript", video, network=True)

    def key_ring(self) -> str:
        """Store a key in a session with a key ring; without one, a message must say so."""
        install = ("apt-get", "install", "--yes", "--no-install-recommends")
        self._debian.good(*install, "dbus", "gnome-keyring", user="root", network=True)
        add = "printf a-secret-key | notegen connections add openrouter --key"
        lonely = self._debian.run("sh", "-c", add)
        assert "no key ring" in lonely.stderr, lonely.stderr
        unlock = "printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null"
        session = f"{unlock} && {add} && notegen connections list --json"
        told = self._debian.good("dbus-run-session", "--", "sh", "-c", session)
        (kept,) = json.loads(told[told.index("{") :])["connections"]
        assert kept["key"], told
        search = self._debian.run("grep", "-rl", "a-secret-key", HOME)
        assert search.returncode == 1, f"the key stands in {search.stdout}"
        return "kept there, in no file; without one that is said"

    def window(self) -> str:
        from tests.e2e.screen import Screen

        seen = []
        for tag in SHOWN:
            home = f"NOTEGEN_HOME={HOME}/in-{tag}"
            language = ("settings", "set", "general.interface_language", tag)
            self._debian.good("env", home, "notegen", *language)
            with Screen() as screen:
                command = ("env", home, "notegen-desktop", self._talk)
                process = self._debian.start(*command, display=screen.display)
                try:
                    screen.window("NoteGen")
                    time.sleep(SETTLING_S)
                    seen.append(
                        self._debian.picture(screen.display, self._work / f"check-{tag}.png")
                    )
                    assert process.poll() is None, "the window has closed"
                finally:
                    process.terminate()
                    process.wait(60)
        assert len({*seen}) == len(SHOWN), "they look the same"
        return f"pictures of {', '.join(SHOWN)}"
