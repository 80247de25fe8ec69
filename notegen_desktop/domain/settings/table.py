"""Every setting of the program, declared once.

The dialog, the settings file, the environment and `notegen settings` all read this table.
"""

from __future__ import annotations

from collections.abc import Mapping

from notegen_desktop.domain.engines.connection import gemini_url
from notegen_desktop.domain.errors import InvalidSetting

from .setting import Setting, Value

BROWSERS = ("brave", "chrome", "chromium", "edge", "firefox", "opera", "safari", "vivaldi")
"""Those whose cookies can be read, as yt-dlp calls them."""
_CHOICE = rf"[\w.-]+: *(?:none|{'|'.join(BROWSERS)})"
_ENGINE = r"[a-z0-9][a-z0-9._-]{0,39}(:[\w./:@+-]+)?"
_OF_TEMPLATE = rf"[\w.-]+ *@ *{_ENGINE}"
COOKIES = "sources.cookies_from_browser"
COOKIES_FOR_SITES = "sources.cookies_for_sites"
GEMINI_URL = "gemini.url"
PROXY = "sources.proxy"
SPEECH_MODEL = "sources.speech_model"
OUTLINE = "appearance.outline"
NEW_CARDS = "general.new_cards"
VAULT_BY = "library.vault_by"
VAULT_FOLDER = "library.vault_folder"
VAULT_FORM = "library.vault_form"
TEXT_SIZE = "appearance.text_size"

SETTINGS: tuple[Setting, ...] = (
    # General
    Setting(
        "general.language",
        "auto",
        "Language of the notes",
        "The language of the video, unless you choose one or type its tag.",
        form=(
            r"auto|[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*",
            "auto, or the tag of a language such as en or pt-BR",
        ),
    ),
    Setting(
        "general.level",
        "standard",
        "Level shown first",
        "How much detail a note shows when it opens.",
        choices=("concise", "standard", "comprehensive"),
    ),
    Setting(
        "general.mode",
        "auto",
        "Gemini reads",
        "What Gemini is given: the transcript, the video itself, or both.",
        choices=("auto", "transcript", "video", "hybrid"),
    ),
    Setting(
        "general.engine",
        "auto",
        "Engine",
        "Automatic: Gemini where there is a key, else the offline extract. Or a connection.",
        choices=("auto", "gemini", "gemini-legacy", "offline"),
        form=(r"[a-z0-9][a-z0-9._-]{0,39}", "the name of a connection"),
    ),
    Setting(
        "general.fallback",
        "",
        "Engines when the first cannot write",
        "In this order, such as gemini:gemini-flash-latest, ollama, offline: when a day's quota or "
        "the credits are gone, a key is refused, or nothing answers for long. The note says who "
        "wrote it. Empty: none.",
        form=(
            rf"({_ENGINE}( *, *{_ENGINE})*)?",
            "engines separated by commas, each with a model behind a colon if you like",
        ),
    ),
    Setting(
        "general.written_by",
        "",
        "Templates of other engines",
        "Such as chapters@ollama, study-notes@gemini:gemini-3.7-pro: a small model for these, a "
        "large one for those. What is not named is written by the engine chosen.",
        form=(
            rf"({_OF_TEMPLATE}( *, *{_OF_TEMPLATE})*)?",
            "templates with an engine behind @, and its model behind a colon if you like",
        ),
    ),
    Setting(
        "general.review",
        False,
        "A second look at each note",
        "Once a note is written, the model judges each statement by the words at its place. Takes "
        "one short request more; its price is in the estimate. Not for the offline engine.",
    ),
    Setting(
        "general.pictures",
        8,
        "Pictures in a note",
        "At most so many pictures of the video, in slides and guides, where the words point at "
        "something shown. They come when the note is written.",
        within=(0, 40),
    ),
    Setting(
        NEW_CARDS,
        20,
        "New cards a day",
        "Flashcards, questions and terms of your notes come to practice by and by: at most so many "
        "a day that were never shown. What was shown comes again when it is due.",
        within=(0, 1000),
    ),
    Setting(
        "general.templates",
        "basic-summary,study-notes,flashcards",
        "Ticked templates",
        "The templates that are ticked when the window opens, separated by commas.",
    ),
    Setting(
        "general.template_sets",
        "",
        "Saved sets of templates",
        "Ticks kept under a name, for example: Exams: study-notes, flashcards; Talks: chapters",
    ),
    # Processing
    Setting(
        "processing.parallel",
        True,
        "Write all notes at the same time",
        "Off: strictly one after the other. NOTEGEN_PARALLEL=0 turns it off whatever stands here.",
        environment="NOTEGEN_PARALLEL",
    ),
    Setting(
        "processing.max_concurrent",
        4,
        "Notes at once",
        "How many requests may run at the same time.",
        within=(1, 32),
    ),
    Setting(
        "processing.stagger_ms",
        150,
        "Pause between starts",
        "Requests start this far apart, so that they do not arrive as one burst.",
        within=(0, 2000),
        unit="ms",
    ),
    Setting(
        "processing.requests_per_minute",
        0,
        "Requests a minute",
        "0 learns the limit from Gemini's answers, and tries now and then whether it has risen. "
        "A number is kept to, and lowered only by a limit that Gemini names.",
        within=(0, 10000),
    ),
    Setting(
        "processing.tokens_per_minute",
        0,
        "Input tokens a minute",
        "0 learns the limit from Gemini's answers, and tries now and then whether it has risen. "
        "A number is kept to, and lowered only by a limit that Gemini names.",
        within=(0, 100_000_000),
    ),
    Setting(
        "processing.requests_per_day",
        0,
        "Requests a day",
        "Of each model, from midnight Pacific time on, as Gemini counts. 0 learns the limit from "
        "Gemini's answers.",
        within=(0, 1_000_000),
    ),
    Setting(
        "processing.combine",
        "never",
        "Several notes in one request",
        "Takes fewer requests of a day's quota, and longer. The quota is short when fewer requests "
        "are left today than the notes need.",
        choices=("never", "when-short", "always"),
    ),
    Setting(
        "processing.fill_gaps",
        False,
        "Write what a note leaves out unasked",
        "Off: a stretch that chapters or a summary leave out is shown, and written on demand. On: "
        "it is asked for at once, which costs another request.",
    ),
    Setting(
        "processing.fallback_rate_limited_percent",
        5.0,
        "Slow down when rate limited",
        "More than this share of requests refused for speed: one at a time for a while.",
        within=(0, 100),
        unit="%",
    ),
    Setting(
        "processing.fallback_failed_percent",
        20.0,
        "Slow down when failing",
        "More than this share of requests failed: one at a time for a while.",
        within=(0, 100),
        unit="%",
    ),
    Setting(
        "processing.fallback_pool_percent",
        80.0,
        "Slow down when the database is busy",
        "More than this share of its connections in use for 10 s: one at a time for a while.",
        within=(0, 100),
        unit="%",
    ),
    # Gemini
    Setting(
        "gemini.model",
        "gemini-flash-lite-latest",
        "Model",
        "The list is fetched with your key.",
        form=(r"[\w.:/@+-]+", "the name of a model, such as gemini-flash-lite-latest"),
    ),
    Setting(
        "gemini.thinking",
        "low",
        "Thinking",
        "How long the model thinks before it writes; thinking is billed as output. A level that "
        "the model does not have becomes the nearest that it has.",
        choices=("minimal", "low", "medium", "high", "xhigh"),
    ),
    Setting(
        "gemini.safety",
        "default",
        "Held back as harmful",
        "What Gemini does not write about. Where it refuses a talk on history, law or medicine, "
        "hold back less; some things it refuses always.",
        choices=("default", "none", "high", "medium", "low"),
    ),
    Setting(
        GEMINI_URL,
        "",
        "Base URL",
        "A gateway or proxy that speaks Gemini's own form, with a key of its own; empty is Google. "
        "Plain http is for your own network only, where others on it could read the key along.",
        form=(r"(https?://\S+)?", "an address such as https://gateway.example"),
        check=gemini_url,
        environment="NOTEGEN_GEMINI_URL",
    ),
    # Budget
    Setting(
        "budget.run_usd",
        0.0,
        "Budget for one run",
        "0 is no limit. A run that may cost more is not started unasked.",
        within=(0, 10000),
        unit="$",
    ),
    Setting(
        "budget.day_usd", 0.0, "Budget for a day", "0 is no limit.", within=(0, 10000), unit="$"
    ),
    Setting(
        "budget.month_usd",
        0.0,
        "Budget for a month",
        "0 is no limit.",
        within=(0, 100000),
        unit="$",
    ),
    # Sources
    Setting(
        "sources.caption_languages",
        "",
        "Preferred caption languages",
        "Tags separated by commas; empty takes the language of the video.",
    ),
    Setting(
        COOKIES,
        "",
        "Cookies from browser",
        "Lets video sites see your sign-in; for videos that want one.",
        choices=("", *BROWSERS),
    ),
    Setting(
        COOKIES_FOR_SITES,
        "",
        "Cookies for single sites",
        "Kept when a site wants a sign-in and you choose a browser there, for example: "
        "vimeo: firefox; example.org: chrome. “none” shows a site no cookies.",
        form=(
            rf"(?:{_CHOICE}(?:; *{_CHOICE})*)?",
            "sites with a browser each, such as vimeo: firefox; example.org: chrome",
        ),
    ),
    Setting(
        PROXY,
        "",
        "Proxy for videos",
        "For example socks5://127.0.0.1:1080; empty uses the system's.",
        form=(
            r"|(?:(?:https?|socks4a?|socks5h?)://)?(?:\S*@)?(?:\[[0-9A-Fa-f:.]+\]|[^\s/:@\[\]]+)"
            r"(?::\d{1,5})?/?",
            "the address of a proxy, such as socks5://127.0.0.1:1080, or empty",
        ),
    ),
    Setting(
        SPEECH_MODEL,
        "",
        "Model for speech recognition",
        "For files without captions: the name of one that was fetched, or a folder of your own.",
    ),
    Setting(
        "sources.upload_files",
        True,
        "Upload films and recordings",
        "Files without words go to Gemini, which watches or hears them; it drops them in 2 days.",
    ),
    Setting(
        "sources.keep_uploads",
        True,
        "Keep uploads",
        "Further notes then need no upload; otherwise a file is deleted once its notes are done.",
    ),
    # Library
    Setting(
        VAULT_FOLDER,
        "",
        "Obsidian or Logseq",
        "A folder of Markdown pages that is kept up to date: each finished note has its page "
        "there, and what you change in it stays. Empty: none.",
        form=(r"|[~/].*|[A-Za-z]:[\\/].*|\\\\.*", "the whole path of a folder, or empty"),
    ),
    Setting(
        VAULT_BY,
        "template",
        "A page there holds",
        "A change writes further pages; those that are there stay.",
        choices=("template", "video"),
    ),
    Setting(
        VAULT_FORM,
        "obsidian",
        "Pages are written for",
        "Logseq wants an outline; any other program for Markdown reads what Obsidian does.",
        choices=("obsidian", "logseq"),
    ),
    Setting(
        "library.pool_size",
        3,
        "Database connections",
        "For a shared PostgreSQL library: connections kept open.",
        within=(1, 64),
    ),
    Setting(
        "library.pool_overflow",
        2,
        "Extra connections",
        "Opened under load and closed afterwards.",
        within=(0, 64),
    ),
    Setting(
        "library.pool_timeout_s",
        15,
        "Wait for a connection",
        "After this long a request for a connection fails.",
        within=(1, 300),
        unit="s",
    ),
    Setting(
        "library.connect_timeout_s",
        15,
        "Wait for the database",
        "After this long the database counts as unreachable.",
        within=(1, 300),
        unit="s",
    ),
    Setting(
        "library.idle_s",
        30,
        "Close idle connections after",
        "A connection nobody used for this long is closed.",
        within=(1, 3600),
        unit="s",
    ),
    # Appearance
    Setting(
        "appearance.theme",
        "system",
        "Theme",
        "Light, dark, or whichever the desktop has.",
        choices=("system", "light", "dark"),
    ),
    Setting(
        OUTLINE,
        True,
        "Outline beside a note",
        "The sections of the note that is read, where the window is wide enough.",
    ),
    Setting(
        TEXT_SIZE,
        15,
        "Size of note text",
        "In points of the screen.",
        within=(10, 32),
        unit="px",
    ),
)

BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in SETTINGS}


def setting(key: str) -> Setting:
    """The declaration of a key. Raises InvalidSetting, with near names, if there is none."""
    try:
        return BY_KEY[key]
    except KeyError:
        tail = key.rpartition(".")[2]
        near = [known for known in BY_KEY if tail and tail in known]
        hint = f"Did you mean {', '.join(near)}?" if near else ""
        raise InvalidSetting(f"There is no setting “{key}”.", hint=hint) from None


def parsed(raw: Mapping[str, object]) -> dict[str, Value]:
    """Values by key, from text or TOML. Raises InvalidSetting."""
    return {key: setting(key).parse(value) for key, value in raw.items()}


def groups() -> dict[str, list[Setting]]:
    """All settings by group, in declared order."""
    result: dict[str, list[Setting]] = {}
    for declared in SETTINGS:
        result.setdefault(declared.group, []).append(declared)
    return result
