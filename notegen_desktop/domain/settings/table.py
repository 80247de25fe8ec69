"""Every setting of the program, declared once.

The dialog, the settings file, the environment and `notegen settings` all read this table.
"""

from __future__ import annotations

from collections.abc import Mapping

from notegen_desktop.domain.engines.connection import gemini_url
from notegen_desktop.domain.errors import InvalidSetting
from notegen_desktop.domain.text.quantities import either
from notegen_desktop.domain.words import LANGUAGES, N_, _

from .setting import Setting, Value

BROWSERS = ("brave", "chrome", "chromium", "edge", "firefox", "opera", "safari", "vivaldi")
"""Browsers whose cookies can be read, by yt-dlp's names."""
_CHOICE = rf"[\w.-]+: *(?:none|{'|'.join(BROWSERS)})"
_ENGINE = r"[a-z0-9][a-z0-9._-]{0,39}(:[\w./:@+-]+)?"
_OF_TEMPLATE = rf"[\w.-]+ *@ *{_ENGINE}"
COOKIES = "sources.cookies_from_browser"
COOKIES_FOR_SITES = "sources.cookies_for_sites"
GEMINI_URL = "gemini.url"
PROXY = "sources.proxy"
SPEECH_MODEL = "sources.speech_model"
OUTLINE = "appearance.outline"
INTERFACE_LANGUAGE = "general.interface_language"
NEW_CARDS = "general.new_cards"
VAULT_BY = "library.vault_by"
VAULT_FOLDER = "library.vault_folder"
VAULT_FORM = "library.vault_form"
TEXT_SIZE = "appearance.text_size"
UPDATES = "general.updates"
MOTION = "appearance.motion"

SETTINGS: tuple[Setting, ...] = (
    # General
    Setting(
        INTERFACE_LANGUAGE,
        "system",
        N_("Language of the window"),
        N_("Also of the command line. Another one is spoken from the next start on."),
        choices=("system", *LANGUAGES),
    ),
    Setting(
        "general.language",
        "auto",
        N_("Language of the notes"),
        N_("The language of the video, unless you choose one or type its tag."),
        form=(
            r"auto|[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*",
            N_("auto, or the tag of a language such as en or pt-BR"),
        ),
    ),
    Setting(
        "general.level",
        "standard",
        N_("Level shown first"),
        N_("How much detail a note shows when it opens."),
        choices=("concise", "standard", "comprehensive"),
    ),
    Setting(
        "general.mode",
        "auto",
        N_("Mode"),
        N_("What Gemini is given: the transcript, the video itself, or both."),
        choices=("auto", "transcript", "video", "hybrid"),
    ),
    Setting(
        "general.engine",
        "auto",
        N_("Engine"),
        N_("Automatic: Gemini where there is a key, else the offline extract. Or a connection."),
        choices=("auto", "gemini", "gemini-legacy", "offline"),
        form=(r"[a-z0-9][a-z0-9._-]{0,39}", N_("the name of a connection")),
    ),
    Setting(
        "general.fallback",
        "",
        N_("Engines when the first cannot write"),
        N_(
            "In this order, such as gemini:gemini-flash-latest, ollama, offline: when a day's "
            "quota or the credits are gone, a key is refused, or nothing answers for long. The "
            "note says who wrote it. Empty: none."
        ),
        form=(
            rf"({_ENGINE}( *, *{_ENGINE})*)?",
            N_("engines separated by commas, each with a model behind a colon if you like"),
        ),
    ),
    Setting(
        "general.written_by",
        "",
        N_("Templates of other engines"),
        N_(
            "Such as chapters@ollama, study-notes@gemini:gemini-3.7-pro: a small model for "
            "these, a large one for those. What is not named is written by the engine chosen."
        ),
        form=(
            rf"({_OF_TEMPLATE}( *, *{_OF_TEMPLATE})*)?",
            N_("templates with an engine behind @, and its model behind a colon if you like"),
        ),
    ),
    Setting(
        "general.review",
        False,
        N_("A second look at each note"),
        N_(
            "Once a note is written, the model judges each statement by the words at its place. "
            "Takes one short request more; its price is in the estimate. Not for the offline "
            "engine."
        ),
    ),
    Setting(
        "general.pictures",
        8,
        N_("Pictures in a note"),
        N_(
            "At most so many pictures of the video, in slides and guides, where the words point at "
            "something shown. They come when the note is written."
        ),
        within=(0, 40),
    ),
    Setting(
        NEW_CARDS,
        20,
        N_("New cards a day"),
        N_(
            "Flashcards, questions and terms of your notes come to practice by and by: at most "
            "so many a day that were never shown. What was shown comes again when it is due."
        ),
        within=(0, 1000),
    ),
    Setting(
        "general.templates",
        "basic-summary,study-notes,flashcards",
        N_("Ticked templates"),
        N_("The templates that are ticked when the window opens, separated by commas."),
    ),
    Setting(
        "general.template_sets",
        "",
        N_("Saved sets of templates"),
        N_("Ticks kept under a name, for example: Exams: study-notes, flashcards; Talks: chapters"),
    ),
    Setting(
        UPDATES,
        False,
        N_("Tell of new versions"),
        N_(
            "Asks once a week where NoteGen is released, and says nothing about you or this "
            "computer. Nothing is downloaded."
        ),
    ),
    # Processing
    Setting(
        "processing.parallel",
        True,
        N_("Write all notes at the same time"),
        N_(
            "Off: strictly one after the other. NOTEGEN_PARALLEL=0 turns it off whatever stands "
            "here."
        ),
        environment="NOTEGEN_PARALLEL",
    ),
    Setting(
        "processing.max_concurrent",
        4,
        N_("Notes at once"),
        N_("How many requests may run at the same time."),
        within=(1, 32),
    ),
    Setting(
        "processing.stagger_ms",
        150,
        N_("Pause between starts"),
        N_("Requests start this far apart, so that they do not arrive as one burst."),
        within=(0, 2000),
        unit="ms",
    ),
    Setting(
        "processing.requests_per_minute",
        0,
        N_("Requests a minute"),
        N_(
            "0 learns the limit from Gemini's answers, and tries now and then whether it has "
            "risen. A number is kept to, and lowered only by a limit that Gemini names."
        ),
        within=(0, 10000),
    ),
    Setting(
        "processing.tokens_per_minute",
        0,
        N_("Input tokens a minute"),
        N_(
            "0 learns the limit from Gemini's answers, and tries now and then whether it has "
            "risen. A number is kept to, and lowered only by a limit that Gemini names."
        ),
        within=(0, 100_000_000),
    ),
    Setting(
        "processing.requests_per_day",
        0,
        N_("Requests a day"),
        N_(
            "Of each model, from midnight Pacific time on, as Gemini counts. 0 learns the limit "
            "from Gemini's answers."
        ),
        within=(0, 1_000_000),
    ),
    Setting(
        "processing.combine",
        "never",
        N_("Several notes in one request"),
        N_(
            "Takes fewer requests of a day's quota, and longer. The quota is short when fewer "
            "requests are left today than the notes need."
        ),
        choices=("never", "when-short", "always"),
    ),
    Setting(
        "processing.fill_gaps",
        False,
        N_("Write what a note leaves out unasked"),
        N_(
            "Off: a stretch that chapters or a summary leave out is shown, and written on "
            "demand. On: it is asked for at once, which costs another request."
        ),
    ),
    Setting(
        "processing.fallback_rate_limited_percent",
        5.0,
        N_("Slow down when rate limited"),
        N_("More than this share of requests refused for speed: one at a time for a while."),
        within=(0, 100),
        unit="%",
    ),
    Setting(
        "processing.fallback_failed_percent",
        20.0,
        N_("Slow down when failing"),
        N_("More than this share of requests failed: one at a time for a while."),
        within=(0, 100),
        unit="%",
    ),
    Setting(
        "processing.fallback_pool_percent",
        80.0,
        N_("Slow down when the database is busy"),
        N_("More than this share of its connections in use for 10 s: one at a time for a while."),
        within=(0, 100),
        unit="%",
    ),
    # Gemini
    Setting(
        "gemini.model",
        "gemini-flash-lite-latest",
        N_("Model"),
        N_("The list is fetched with your key."),
        form=(r"[\w.:/@+-]+", N_("the name of a model, such as gemini-flash-lite-latest")),
    ),
    Setting(
        "gemini.thinking",
        "low",
        N_("Thinking"),
        N_(
            "How long the model thinks before it writes; thinking is billed as output. A level "
            "that the model does not have becomes the nearest that it has."
        ),
        choices=("minimal", "low", "medium", "high", "xhigh"),
    ),
    Setting(
        "gemini.safety",
        "default",
        N_("Held back as harmful"),
        N_(
            "What Gemini does not write about. Where it refuses a talk on history, law or "
            "medicine, hold back less; some things it refuses always."
        ),
        choices=("default", "none", "high", "medium", "low"),
    ),
    Setting(
        GEMINI_URL,
        "",
        N_("Base URL"),
        N_(
            "A gateway or proxy that speaks Gemini's own form, with a key of its own; empty is "
            "Google. Plain http is for your own network only, where others on it could read the "
            "key along."
        ),
        form=(r"(https?://\S+)?", N_("an address such as https://gateway.example")),
        check=gemini_url,
        environment="NOTEGEN_GEMINI_URL",
    ),
    # Budget
    Setting(
        "budget.run_usd",
        0.0,
        N_("Budget for one run"),
        N_("0 is no limit. A run that may cost more is not started unasked."),
        within=(0, 10000),
        unit="$",
    ),
    Setting(
        "budget.day_usd",
        0.0,
        N_("Budget for a day"),
        N_("0 is no limit."),
        within=(0, 10000),
        unit="$",
    ),
    Setting(
        "budget.month_usd",
        0.0,
        N_("Budget for a month"),
        N_("0 is no limit."),
        within=(0, 100000),
        unit="$",
    ),
    # Sources
    Setting(
        "sources.caption_languages",
        "",
        N_("Preferred caption languages"),
        N_("Tags separated by commas; empty takes the language of the video."),
    ),
    Setting(
        COOKIES,
        "",
        N_("Cookies from browser"),
        N_("Lets video sites see your sign-in; for videos that want one."),
        choices=("", *BROWSERS),
    ),
    Setting(
        COOKIES_FOR_SITES,
        "",
        N_("Cookies for single sites"),
        N_(
            "Kept when a site wants a sign-in and you choose a browser there, for example: "
            "vimeo: firefox; example.org: chrome. “none” shows a site no cookies."
        ),
        form=(
            rf"(?:{_CHOICE}(?:; *{_CHOICE})*)?",
            N_("sites with a browser each, such as vimeo: firefox; example.org: chrome"),
        ),
    ),
    Setting(
        PROXY,
        "",
        N_("Proxy for videos"),
        N_("For example socks5://127.0.0.1:1080; empty uses the system's."),
        form=(
            r"|(?:(?:https?|socks4a?|socks5h?)://)?(?:\S*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\s/:@\[\]]+)"
            r"(?::\d{1,5})?/?",
            N_("the address of a proxy, such as socks5://127.0.0.1:1080, or empty"),
        ),
    ),
    Setting(
        SPEECH_MODEL,
        "",
        N_("Model for speech recognition"),
        N_(
            "For files without captions: the name of one that was fetched, or a folder of your own."
        ),
    ),
    Setting(
        "sources.upload_files",
        True,
        N_("Upload films and recordings"),
        N_(
            "Files without words go to Gemini, which watches or hears them; it drops them in 2 "
            "days."
        ),
    ),
    Setting(
        "sources.keep_uploads",
        True,
        N_("Keep uploads"),
        N_(
            "Further notes then need no upload; otherwise a file is deleted once its notes are "
            "done."
        ),
    ),
    # Library
    Setting(
        VAULT_FOLDER,
        "",
        N_("Obsidian or Logseq"),
        N_(
            "A folder of Markdown pages that is kept up to date: each finished note has its page "
            "there, and what you change in it stays. Empty: none."
        ),
        form=(r"|[~/].*|[A-Za-z]:[\\/].*|\\\\.*", N_("the whole path of a folder, or empty")),
    ),
    Setting(
        VAULT_BY,
        "template",
        N_("A page there holds"),
        N_("A change writes further pages; those that are there stay."),
        choices=("template", "video"),
    ),
    Setting(
        VAULT_FORM,
        "obsidian",
        N_("Pages are written for"),
        N_("Logseq wants an outline; any other program for Markdown reads what Obsidian does."),
        choices=("obsidian", "logseq"),
    ),
    Setting(
        "library.pool_size",
        3,
        N_("Database connections"),
        N_("For a shared PostgreSQL library: connections kept open."),
        within=(1, 64),
    ),
    Setting(
        "library.pool_overflow",
        2,
        N_("Extra connections"),
        N_("Opened under load and closed afterwards."),
        within=(0, 64),
    ),
    Setting(
        "library.pool_timeout_s",
        15,
        N_("Wait for a connection"),
        N_("After this long a request for a connection fails."),
        within=(1, 300),
        unit="s",
    ),
    Setting(
        "library.connect_timeout_s",
        15,
        N_("Wait for the database"),
        N_("After this long the database counts as unreachable."),
        within=(1, 300),
        unit="s",
    ),
    Setting(
        "library.idle_s",
        30,
        N_("Close idle connections after"),
        N_("A connection nobody used for this long is closed."),
        within=(1, 3600),
        unit="s",
    ),
    # Appearance
    Setting(
        "appearance.theme",
        "system",
        N_("Theme"),
        N_("Light, dark, or whichever the desktop has."),
        choices=("system", "light", "dark"),
    ),
    Setting(
        OUTLINE,
        True,
        N_("Outline beside a note"),
        N_("The sections of the note that is read, where the window is wide enough."),
    ),
    Setting(
        MOTION,
        "system",
        N_("Movement"),
        N_("Reduced: pages go to a place at once instead of scrolling there."),
        choices=("system", "reduced", "full"),
    ),
    Setting(
        TEXT_SIZE,
        15,
        N_("Size of note text"),
        N_("In points of the screen."),
        within=(10, 32),
        unit="px",
    ),
)

BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in SETTINGS}


def setting(key: str) -> Setting:
    """Return the declaration of a key. Raises InvalidSetting, with similar names, if there is
    none."""
    try:
        return BY_KEY[key]
    except KeyError:
        tail = key.rpartition(".")[2]
        near = [known for known in BY_KEY if tail and tail in known]
        hint = _("Did you mean {near}?").format(near=either(near)) if near else ""
        raise InvalidSetting(_("There is no setting “{key}”.").format(key=key), hint=hint) from None


def parsed(raw: Mapping[str, object]) -> dict[str, Value]:
    """Return values by key, from text or TOML. Raises InvalidSetting."""
    return {key: setting(key).parse(value) for key, value in raw.items()}


def groups() -> dict[str, list[Setting]]:
    """Return all settings by group, in declared order."""
    result: dict[str, list[Setting]] = {}
    for declared in SETTINGS:
        result.setdefault(declared.group, []).append(declared)
    return result
