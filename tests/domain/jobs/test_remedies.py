"""What is offered where a source refuses: by what it wants, and by what there is here."""

from __future__ import annotations

import pytest

from notegen_desktop.domain.errors import (
    Failure,
    FileMissing,
    Need,
    NoCaptions,
    NothingSaid,
    QuotaExhausted,
    SignInWanted,
    VideoNotReady,
    VideoPrivate,
    VideoRestricted,
    YoutubeChanged,
    YoutubeRateLimited,
    error_of,
)
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.jobs.remedies import Remedy, RemedyTools, remedies
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine, Mode
from notegen_desktop.domain.settings.settings import Settings, browser_for, with_site

VIMEO = Video("vimeo-1", "https://vimeo.com/76979871", "vimeo")
YOUTUBE = Video("aaaaaaaaaaa", "https://www.youtube.com/watch?v=aaaaaaaaaaa")
PAGE = Video("web-1", "https://www.talks.example/1", "web")
FILM = Video("file-1", "/films/talk.mp4", "file")
TEXT = Video("file-2", "/films/talk.vtt", "file")
MEANS = RemedyTools(browsers=("firefox", "chromium"), has_key=True)


def offered(
    failure: Failure,
    video: Video = VIMEO,
    means: RemedyTools = MEANS,
    *,
    mode: Mode = Mode.AUTO,
    engine: Engine = Engine.GEMINI,
) -> list[str]:
    request = NoteRequest(video.id, "chapters", mode, engine, "", "")
    return [_name(one) for one in remedies(failure, video, means, request)]


def _name(remedy: Remedy) -> str:
    return f"{remedy.kind} {remedy.value}".strip()


def blocked_country() -> Failure:
    error = VideoRestricted("This video is not available in your country.")
    error.need = Need.COUNTRY
    return error.failure()


@pytest.mark.parametrize("error", [SignInWanted(), VideoRestricted(), VideoPrivate()])
def test_where_a_sign_in_is_wanted_the_browsers_of_this_machine_are_offered(
    error: VideoRestricted,
) -> None:
    assert offered(error.failure()) == ["cookies firefox", "cookies chromium", "file"]


def test_where_youtube_is_no_longer_understood_a_newer_yt_dlp_is_offered() -> None:
    found = offered(YoutubeChanged().failure(), YOUTUBE, mode=Mode.TRANSCRIPT)
    assert found == ["update", "watch", "file"]


def test_a_browser_that_did_not_help_is_not_offered_again() -> None:
    seen = Settings({"sources.cookies_for_sites": "vimeo: firefox"})
    means = RemedyTools(seen, browsers=MEANS.browsers)
    assert offered(VideoPrivate().failure(), means=means) == ["cookies chromium", "file"]
    assert offered(VideoPrivate().failure(), PAGE, means)[0] == "cookies firefox"


def test_a_country_or_an_address_that_is_shut_out_is_offered_a_proxy() -> None:
    assert offered(blocked_country()) == ["proxy", "file"]
    assert offered(YoutubeRateLimited().failure(), YOUTUBE)[0] == "proxy"


def test_without_words_gemini_may_watch_what_it_was_told_only_to_read() -> None:
    failure = NoCaptions().failure()
    assert offered(failure, YOUTUBE, mode=Mode.TRANSCRIPT) == ["watch", "file"]
    assert offered(failure, YOUTUBE, engine=Engine.OFFLINE) == ["watch", "file"]
    assert offered(failure, YOUTUBE) == ["file"]
    assert offered(failure, VIMEO, engine=Engine.OFFLINE) == ["file"]


def test_a_film_without_words_is_heard_with_a_model_that_is_here_or_is_set_up() -> None:
    failure = NoCaptions().failure()
    assert offered(failure, FILM) == ["speech", "file"]
    assert offered(failure, FILM, RemedyTools(speech=("small",))) == ["speech small", "file"]
    assert offered(failure, TEXT) == ["file"]


def test_what_was_listened_to_in_vain_is_not_listened_to_again() -> None:
    means = RemedyTools(Settings({"sources.speech_model": "small"}), speech=("small",))
    assert offered(NothingSaid().failure(), FILM, means) == ["file"]


def test_a_file_that_is_gone_can_be_chosen_anew_and_what_no_way_helps_has_none() -> None:
    assert offered(FileMissing().failure(), FILM) == ["file"]
    assert offered(VideoNotReady().failure()) == []
    assert offered(QuotaExhausted().failure(), YOUTUBE) == []


def test_captions_are_not_advised_in_the_place_of_captions() -> None:
    (way,) = remedies(FileMissing().failure(), TEXT, MEANS)
    assert not way.command
    assert remedies(FileMissing().failure(), FILM, MEANS)[-1].command


def test_the_command_line_says_the_same_ways_for_this_site_alone() -> None:
    others = Settings({"sources.cookies_for_sites": "talks.example: edge"})
    first, *_ = remedies(
        VideoPrivate().failure(), VIMEO, RemedyTools(others, browsers=("firefox",))
    )
    assert first.command == (
        "notegen settings set sources.cookies_for_sites 'talks.example: edge; vimeo: firefox'"
    )


def test_what_a_source_wants_stays_with_a_failure_and_is_not_told_outside() -> None:
    failure = blocked_country()
    assert error_of(failure).failure() == failure
    assert set(failure.to_json()) == {"code", "message", "hint", "retryable"}


def test_a_site_sees_the_cookies_chosen_for_it_and_others_those_for_all() -> None:
    kept = with_site("vimeo: chrome; bilibili: none", "vimeo", "firefox")
    settings = Settings({"sources.cookies_for_sites": kept, "sources.cookies_from_browser": "edge"})
    assert [browser_for(settings, site) for site in ("vimeo", "bilibili", "youtube")] == [
        "firefox",
        "",
        "edge",
    ]
