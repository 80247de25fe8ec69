"""The error classes, and `Failure`, the form in which an error is shown and stored.

Third-party exceptions are translated into one of these where they occur. Each leaf has a `message`,
a `hint` on what to do next, and whether a repetition may help (`retryable`). The class name in
snake_case is the error's public `code`.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from notegen_desktop.domain.words import N_, _


class Need(StrEnum):
    """The requirement of a source that refuses, which selects the remedies to offer."""

    NOTHING = ""
    SIGN_IN = "sign-in"
    ADDRESS = "address"  # too many requests from this IP address
    COUNTRY = "country"
    WORDS = "words"
    NEWER = "newer"  # a newer yt-dlp: the site has changed
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as shown to users and other programs; the latter do not get its `need`."""

    code: str
    message: str
    hint: str = ""
    retryable: bool = False
    need: Need = Need.NOTHING

    @property
    def words(self) -> str:
        """Return message and hint in one line."""
        return f"{self.message} {self.hint}".strip()

    def to_json(self) -> dict[str, Any]:
        told = asdict(self)
        del told["need"]
        return told


@dataclass(eq=False, repr=False)
class NoteGenError(Exception):
    """Base class of every expected error. Subclasses set the message and the kind."""

    default_message: ClassVar[str] = N_("Something went wrong.")
    default_hint: ClassVar[str] = ""
    retryable: ClassVar[bool] = False
    need = Need.NOTHING

    message: str = ""
    hint: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        self.message = _(self.message or self.default_message)
        self.hint = _(self.hint or self.default_hint)
        super().__init__(self.message)

    @classmethod
    def code(cls) -> str:
        """Return the public name of this error: `RateLimited` is `rate_limited`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def failure(self) -> Failure:
        return Failure(self.code(), self.message, self.hint, self.retryable, self.need)


# --- what the user asked for -----------------------------------------------------------------


class UsageError(NoteGenError):
    """The request itself cannot be carried out."""


class NotYetAvailable(UsageError):
    default_message = N_("This is not available yet.")
    default_hint = N_("The changelog says what each version brings.")


class UnknownTemplate(UsageError):
    default_message = N_("There is no template of that name.")
    default_hint = N_("`notegen templates list` shows the names.")


@dataclass(eq=False, repr=False, kw_only=True)
class InvalidTemplate(UsageError):
    """A template is invalid. `line` is the line in the file (0 if unknown), and `words` the problem
    there."""

    default_message = N_("A template file is not valid.")
    default_hint = N_("Open the file in an editor and mend it there.")

    line: int = 0
    words: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.words = self.words or self.message


class TemplateExists(UsageError):
    default_message = N_("There is a template of that id.")
    default_hint = N_("Replace it, or keep both.")


class InvalidSetting(UsageError):
    default_message = N_("That value does not fit this setting.")
    default_hint = N_("`notegen settings list` shows every setting, and what it means.")


class InvalidConnection(UsageError):
    default_message = N_("This is not a connection that can be used.")
    default_hint = N_("`notegen connections list` shows those that are there.")


class UnknownEngine(UsageError):
    default_message = N_("There is no engine of that name.")
    default_hint = N_("`notegen connections list` shows the connections that can be named.")


class InvalidLink(UsageError):
    default_message = N_("This is neither a video link nor a file that can be read.")
    default_hint = N_("Paste the address of a video, or drop a .vtt, .srt, .json3 or .txt file.")


# --- sources -----------------------------------------------------------------------------------


class SourceError(NoteGenError):
    """The video or its transcript could not be read."""

    need = Need.FILE


class FileMissing(SourceError):
    default_message = N_("The file is not there.")
    default_hint = N_("Check the path; it may have been moved or renamed.")


class FileUnreadable(SourceError):
    default_message = N_("The file cannot be read.")
    default_hint = N_("Check its permissions, and that it is an ordinary file of at most 20 MB.")


class CaptionsEmpty(SourceError):
    need = Need.WORDS
    default_message = N_("The caption file has no words in it.")
    default_hint = N_("Open it in a text editor; it should hold times and spoken text.")


class CaptionsBroken(SourceError):
    need = Need.WORDS
    default_message = N_("The caption file cannot be understood.")
    default_hint = N_("It should be WebVTT, SubRip, YouTube json3 or plain text.")


class UnsupportedSource(SourceError):
    default_message = N_("This kind of source cannot be read yet.")
    default_hint = N_("A YouTube link, or a .vtt, .srt, .json3 or .txt file, works.")


class SeveralVideos(UnsupportedSource):
    """An address expected to be one video has several: a film in parts."""

    need = Need.NOTHING
    default_message = N_("There are several videos at this address.")
    default_hint = N_("Open it in a browser and take the link of one of them.")


class NoCaptions(SourceError):
    need = Need.WORDS
    default_message = N_("This video has no captions.")
    default_hint = N_("Choose the mode “video”, so that Gemini watches the video itself.")


class SpeechUnavailable(SourceError):
    need = Need.WORDS
    default_message = N_("Speech recognition is not installed.")
    default_hint = N_("It comes with the extra “speech”.")


class PicturesUnavailable(SourceError):
    default_message = N_("There are no pictures of this video to be had.")
    default_hint = N_("They come from films on this computer, and from YouTube.")


class PicturesNotInstalled(PicturesUnavailable):
    default_message = N_("Pictures of films need a package that is not installed.")
    default_hint = N_("It comes with the extra “pictures”; or set the pictures to 0.")


class NothingSaid(SourceError):
    need = Need.WORDS
    default_message = N_("No words are heard in this file.")
    default_hint = N_("Play it to hear whether it has sound, or put captions beside it.")


class UploadGone(SourceError):
    need = Need.NOTHING
    default_message = N_("Gemini does not have the uploaded file any more.")
    default_hint = N_("Retry: the file is uploaded again.")
    retryable = True


class VideoNotFound(SourceError):
    default_message = N_("There is no such video, or it was removed.")
    default_hint = N_("Open the link in a browser to see whether it still plays.")


class VideoPrivate(SourceError):
    need = Need.SIGN_IN
    default_message = N_("This video is private.")
    default_hint = N_("Ask its owner to make it public or unlisted, or use a caption file instead.")


class VideoRestricted(SourceError):
    need = Need.SIGN_IN
    default_message = N_("This video is not open to everybody.")
    default_hint = N_("It may want a sign-in, a membership, an age check or another country.")


class VideoNotReady(SourceError):
    need = Need.NOTHING
    default_message = N_("This video has not been published in full yet.")
    default_hint = N_("Try again when the live stream or the premiere is over.")


class VideoTooLong(SourceError):
    default_message = N_("This video is longer than the model can watch.")
    default_hint = N_("Use the mode “transcript”, or a shorter video.")


class SignInWanted(SourceError):
    need = Need.SIGN_IN
    default_message = N_("YouTube wants a sign-in to show that you are not a robot.")
    default_hint = N_(
        "Wait an hour or use another network; the mode “video” works meanwhile, "
        "as does a caption file."
    )
    retryable = True


class YoutubeRateLimited(SourceError):
    need = Need.ADDRESS
    default_message = N_("YouTube refuses more requests from this address for now.")
    default_hint = N_("Wait some minutes; the mode “video” works meanwhile.")
    retryable = True


class YoutubeChanged(SourceError):
    default_message = N_("YouTube answered in a form this version does not know.")
    default_hint = N_(
        "A newer yt-dlp often helps: notegen doctor --update-yt-dlp. The mode “video” or a caption "
        "file works meanwhile."
    )
    retryable = True
    need = Need.NEWER


# --- writers ---------------------------------------------------------------------------------


class WriterError(NoteGenError):
    """The note could not be written."""


class KeyMissing(WriterError):
    default_message = N_("There is no Gemini API key.")
    default_hint = N_(
        "Enter one in the settings or set GEMINI_API_KEY; the offline engine needs none."
    )


class KeyRingLocked(KeyMissing):
    """A key may exist, but the system's key ring does not return it."""

    default_message = N_("The key ring is locked or does not answer.")
    default_hint = N_(
        "Unlock it and retry, or set GEMINI_API_KEY, or enter a key in the settings; "
        "the offline engine needs none."
    )
    retryable = True


class AccountRefused(WriterError):
    """A problem of the key, its project or its account: every request would fail the same way, so
    no more are sent."""


class KeyRejected(AccountRefused):
    default_message = N_("Gemini does not accept the API key.")
    default_hint = N_("Enter a valid key in the settings, then retry; your queue is kept.")


class ApiDisabled(AccountRefused):
    default_message = N_("The Gemini API is not enabled for the project of this key.")
    default_hint = N_(
        "Enable the “Generative Language API” for it in the Google Cloud console and wait some "
        "minutes, or make a new key in Google AI Studio; your queue is kept."
    )
    retryable = True


class RegionUnsupported(AccountRefused):
    default_message = N_("Gemini is not offered where you are.")
    default_hint = N_(
        "A VPN or a gateway may make you appear elsewhere; turn it off, or choose another engine. "
        "The offline engine works everywhere."
    )
    retryable = True


class VerificationNeeded(WriterError):
    default_message = N_("This model wants your organization verified.")
    default_hint = N_(
        "Verify it in the settings of your account there, then retry, or choose another model."
    )
    retryable = True


class ModelNotFound(WriterError):
    """The model does not exist (any more)."""

    default_message = N_("Gemini does not have this model (any more).")
    default_hint = N_("Choose another model in the settings.")


@dataclass(eq=False, repr=False, kw_only=True)
class RateLimited(WriterError):
    """Too many requests or tokens per minute.

    `retry_after_s`: the requested wait, in seconds. `limit_per_minute`, `tokens_per_minute` and
    `output_tokens_per_minute`: the limits of requests, input tokens and output tokens per minute
    that the answer named; 0 if it named the dimension without a value, None for another limit.
    """

    default_message = N_("Gemini asks to slow down.")
    default_hint = N_("Retry in a minute, or allow fewer requests at once in the settings.")
    retryable = True

    retry_after_s: float | None = None
    limit_per_minute: int | None = None
    tokens_per_minute: int | None = None
    output_tokens_per_minute: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class QuotaExhausted(WriterError):
    """The daily quota of a model is used up.

    `until`: when it is reset, midnight Pacific time, in seconds since the epoch. `limit_per_day`:
    the limit of requests per day that the answer named.
    """

    default_message = N_("Today's quota of this model is used up.")
    default_hint = N_(
        "Choose another model or the offline engine, or retry after midnight Pacific."
    )
    retryable = True

    until: float | None = None
    limit_per_day: int | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class RequestTooLarge(WriterError):
    """The request is too large. `most_tokens`: the model's context window, 0 if the answer named
    none."""

    default_message = N_("The talk is longer than the model's window.")
    default_hint = N_("Choose a model with a larger window, or load this one with more context.")

    most_tokens: int = 0


class NoFreeTier(WriterError):
    default_message = N_("This model is not part of the free tier.")
    default_hint = N_("Choose another model, or turn on billing for your key.")


class CreditsGone(AccountRefused):
    """The account's prepaid credits are used up: every request would fail."""

    default_message = N_("The credits of your Gemini account are used up.")
    default_hint = N_(
        "Add credits or turn on billing in Google AI Studio, then retry; your queue is kept. "
        "The offline engine needs none."
    )
    retryable = True


class BillingNeeded(CreditsGone):
    default_message = N_("The project of this key has no billing, which Gemini wants for this.")
    default_hint = N_(
        "Set up billing in Google AI Studio and retry, or use a key of a project that has it; your "
        "queue is kept. The offline engine needs none."
    )


@dataclass(eq=False, repr=False, kw_only=True)
class ServiceUnavailable(WriterError):
    """A temporary fault of the server: 5xx, a reset, a cut stream."""

    default_message = N_("Gemini is overloaded or unreachable at the moment.")
    default_hint = N_("Retry in a minute.")
    retryable = True

    retry_after_s: float | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class RequestRejected(WriterError):
    """The server rejects the request. `field`: the request field that the answer names as unknown,
    "" if it names none, None for another fault."""

    default_message = N_("Gemini did not accept the request.")
    default_hint = N_("Its own words are in the message; another model or mode may help.")

    field: str | None = None


@dataclass(eq=False, repr=False, kw_only=True)
class AnswerRefused(WriterError):
    """The model refused. `keeps`: whole sections were received before, which are good. `recited`:
    it broke off at a passage that exists word for word elsewhere; it may be written in other
    words."""

    default_message = N_("Gemini refused to write this note.")
    default_hint = N_("Another template, another model or the offline engine may do.")

    keeps: bool = False
    recited: bool = False


class AnswerTruncated(WriterError):
    default_message = N_("The answer was cut off before the note was whole.")
    default_hint = N_("Retry, or choose a model with a longer answer.")
    retryable = True


@dataclass(eq=False, repr=False, kw_only=True)
class AnswerUnusable(WriterError):
    """The answer is unusable. `keeps`: whole sections were received before, which are good."""

    default_message = N_("What came back is not a note.")
    default_hint = N_("Retry, or choose another model.")
    retryable = True

    keeps: bool = False


class SomethingElseAnswered(AnswerUnusable):
    """The answer is not from the engine: a proxy, a filter or a sign-in page is in between."""


class BatchFailed(WriterError):
    default_message = N_("Gemini did not write this note over night.")
    default_hint = N_("Retry writes it at once, at the usual price.")
    retryable = True


class NothingThere(WriterError):
    default_message = N_("Nothing is said in this part of the video.")
    default_hint = N_("There is nothing to add to the note here.")


class EngineMissing(WriterError):
    default_message = N_("This engine is not installed.")
    default_hint = N_("It comes with the extra “legacy”.")


class TranscriptNeeded(WriterError):
    default_message = N_("This engine needs a transcript, and there is none.")
    default_hint = N_("Choose the engine Gemini with the mode “video”.")


class NotQuotable(WriterError):
    default_message = N_("The offline engine quotes a talk; this note cannot be made of quotes.")
    default_hint = N_("Choose another template, or enter a key in the settings and choose Gemini.")


class BudgetExceeded(WriterError):
    default_message = N_("This would go over your budget.")
    default_hint = N_("Raise the budget in the settings, or use fewer templates.")


# --- network, storage, the rest ----------------------------------------------------------------


class NetworkUnreachable(NoteGenError):
    default_message = N_("There is no connection to the network.")
    default_hint = N_("Check the connection, then retry. The offline engine works without one.")
    retryable = True


class TimedOut(NoteGenError):
    default_message = N_("The other side did not answer in time.")
    default_hint = N_("Retry; if it happens again, try another model or a shorter video.")
    retryable = True


class MachineSlept(NoteGenError):
    """A request broke off while the machine slept; it is repeated at once."""

    default_message = N_("Your computer slept while this was under way.")
    default_hint = N_("Retry; the connection has to be back first.")
    retryable = True


class TakenOver(NoteGenError):
    """Another computer on the same library took this one for dead, and writes the note now."""

    default_message = N_("Another computer went on with this run while this one slept.")
    default_hint = N_("The note will be in the library when that one has written it.")


class StoreError(NoteGenError):
    """Something could not be written to or read from this machine."""


class DiskFull(StoreError):
    default_message = N_("The disk is full.")
    default_hint = N_("Free some space, then retry. Nothing stored earlier is lost.")
    retryable = True


class FolderNotWritable(StoreError):
    default_message = N_("The folder cannot be written to.")
    default_hint = N_("Choose another folder, or change its permissions.")


class FileBusy(StoreError):
    default_message = N_("Another program is changing the same file.")
    default_hint = N_("Try again; if that does not help, end the other program.")
    retryable = True


class DatabaseUnavailable(StoreError):
    default_message = N_("The notes database cannot be opened.")
    default_hint = N_("`notegen doctor` says what is wrong with it.")
    retryable = True


class DiskFailed(DatabaseUnavailable):
    """The disk of the library reports an error: waiting does not help."""

    default_message = N_("The disk answered with an error.")


class LibraryGone(StoreError):
    """The library's file was removed, or moved, while the program has it open."""

    default_message = N_("The library was removed or moved while NoteGen is running.")
    default_hint = N_("Put it back and start NoteGen again.")


class DatabaseDamaged(DatabaseUnavailable):
    default_message = N_("The notes database is damaged.")
    default_hint = N_("`notegen doctor --yes` saves what can be read.")


class LibraryLost(DatabaseUnavailable):
    """The library's file is empty or gone, though there was a library."""

    default_message = N_("The notes database cannot be opened.")
    default_hint = N_("`notegen doctor` says what is wrong with it.")


class LibraryReplaced(DatabaseUnavailable):
    """Another file is in the place of the library, with a backup of the library beside it."""

    default_message = N_("The notes database cannot be opened.")
    default_hint = N_("`notegen doctor` says what is wrong with it.")


class DriverMissing(DatabaseUnavailable):
    """The driver for this kind of database is missing: exit code 69."""

    default_message = N_("The driver for this database is not installed.")
    default_hint = N_("It comes with the extra “postgres”.")


class NoteMissing(StoreError):
    default_message = N_("There is no such note.")
    default_hint = N_("`notegen notes list` shows what is there.")


class CardMissing(StoreError):
    default_message = N_("There is no such card.")
    default_hint = N_(
        "Its note was deleted or asks something else now; `notegen cards due` shows all."
    )


class FormatUnavailable(StoreError):
    default_message = N_("This format cannot be written yet.")
    default_hint = N_("md, html and json always work.")


class ResourcesMissing(StoreError):
    default_message = N_("The program's own templates and icons are not where they belong.")
    default_hint = N_("Install NoteGen again; your notes and settings are kept.")


class Unexpected(NoteGenError):
    default_message = N_("The program met an error it does not know.")
    default_hint = N_("The log has the details; please report it.")
    retryable = True


def failure_of(error: BaseException) -> Failure:
    """Return the displayable form of any exception; an unknown one is `unexpected`, with its own
    message."""
    if isinstance(error, NoteGenError):
        return error.failure()
    words = str(error).strip()
    name = type(error).__name__
    return Unexpected(
        _("Unexpected error: {name}{value}").format(name=name, value=": " + words if words else "")
    ).failure()


def error_of(failure: Failure) -> NoteGenError:
    """Return a stored failure as an error again, of the class its code names."""
    kind = _by_code(NoteGenError).get(failure.code, Unexpected)
    error = kind(failure.message, hint=failure.hint)
    error.need = failure.need or kind.need  # an older library has not stored it
    return error


def _by_code(base: type[NoteGenError]) -> dict[str, type[NoteGenError]]:
    known = {base.code(): base}
    for child in base.__subclasses__():
        known.update(_by_code(child))
    return known
