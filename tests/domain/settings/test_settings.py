"""Settings: each declared once, checked, and resolved in a fixed order."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notegen_desktop.domain.errors import InvalidSetting
from notegen_desktop.domain.links.addresses import split_password
from notegen_desktop.domain.settings.setting import Setting
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import BY_KEY, PROXY, SETTINGS, groups, setting
from notegen_desktop.domain.text.cleaning import clean, with_line_feeds
from tests.properties import texts


def values_of(declared: Setting) -> st.SearchStrategy[object]:
    """Every value that fits a setting."""
    if declared.choices:
        return st.sampled_from(declared.choices)
    if declared.kind is bool:
        return st.booleans()
    low, high = declared.within or (0, 0)
    if declared.kind is int:
        return st.integers(int(low), int(high))
    if declared.kind is float:
        return st.floats(low, high, allow_nan=False)
    if declared.check is not None:
        return st.sampled_from(["", "https://gateway.example", "http://10.0.0.1:8000/gemini"])
    if declared.form is not None:
        form = declared.form[0]
        fitting = st.from_regex(form, fullmatch=True).map(as_kept)
        if declared.key == PROXY:  # its password is kept elsewhere
            fitting = fitting.map(lambda text: split_password(text)[0])
        return fitting.filter(lambda text: re.fullmatch(form, text) is not None)
    return texts().map(as_kept)


def as_kept(text: str) -> str:
    return clean(with_line_feeds(text)).strip()


@pytest.mark.parametrize("declared", SETTINGS, ids=lambda s: s.key)
def test_every_setting_has_words_and_a_default_that_fits(declared: Setting) -> None:
    assert declared.label
    assert declared.help
    assert declared.group
    assert declared.parse(declared.default) == declared.default
    if declared.kind in (int, float):
        assert declared.within is not None


def test_every_key_is_declared_once_and_in_a_group() -> None:
    assert len(BY_KEY) == len(SETTINGS)
    assert [s for members in groups().values() for s in members] == sorted(
        SETTINGS, key=lambda s: list(groups()).index(s.group)
    )


@given(st.sampled_from(SETTINGS).flatmap(lambda s: st.tuples(st.just(s), values_of(s))))
def test_a_value_that_fits_is_kept_as_it_is_and_its_text_says_the_same(
    pair: tuple[Setting, object],
) -> None:
    declared, value = pair
    assert declared.parse(value) == value
    assert declared.parse(str(value)) == value


@given(st.sampled_from(SETTINGS), texts() | st.integers() | st.floats() | st.none() | st.binary())
def test_any_other_value_is_refused_with_words_that_name_the_setting(
    declared: Setting, raw: object
) -> None:
    refusal = None
    try:
        value = declared.parse(raw)
    except InvalidSetting as error:
        refusal = error.message
    else:
        assert declared.parse(value) == value
    assert refusal is None or (declared.key in refusal and "should be" in refusal)


@pytest.mark.parametrize(
    ("key", "raw", "wanted"),
    [
        ("processing.max_concurrent", 33, "a whole number from 1 to 32"),
        ("processing.max_concurrent", 2.5, "a whole number from 1 to 32"),
        ("processing.max_concurrent", True, "a whole number from 1 to 32"),
        ("processing.stagger_ms", -1, "a whole number from 0 to 2000"),
        ("budget.run_usd", float("nan"), "a number from 0 to 10000"),
        ("processing.parallel", "perhaps", "true or false"),
        ("general.level", "deep", "one of concise, standard, comprehensive"),
        ("sources.cookies_from_browser", "netscape", "one of brave, chrome"),
        ("sources.cookies_from_browser", "netscape", "vivaldi, or empty"),
        ("sources.proxy", "not a proxy", "the address of a proxy"),
        ("sources.proxy", "ftp://proxy.test", "the address of a proxy"),
        ("general.language", 7, "the tag of a language"),
        ("sources.speech_model", 7, "a text"),
    ],
)
def test_the_refusal_says_what_would_fit(key: str, raw: object, wanted: str) -> None:
    with pytest.raises(InvalidSetting, match=wanted):
        setting(key).parse(raw)


def test_an_unknown_key_is_answered_with_near_ones() -> None:
    with pytest.raises(InvalidSetting) as caught:
        setting("gemini.max_concurrent")
    assert "processing.max_concurrent" in caught.value.hint


def test_the_command_line_wins_over_the_environment_over_the_file_over_the_default() -> None:
    key = "processing.max_concurrent"
    plain = Settings()
    assert (plain[key], plain.origin(key)) == (4, "default")
    filed = Settings({key: 5})
    assert (filed[key], filed.origin(key)) == (5, "file")
    surrounded = Settings({key: 5}, environment={key: 6})
    assert (surrounded[key], surrounded.origin(key)) == (6, "environment")
    ordered = Settings({key: 5}, environment={key: 6}, command_line={key: 7})
    assert (ordered[key], ordered.origin(key)) == (7, "command line")


def test_settings_do_not_change_under_those_who_hold_them() -> None:
    held = Settings({"appearance.theme": "dark"})
    held.file_values["appearance.theme"] = "light"
    assert held.text("appearance.theme") == "dark"


def test_a_list_is_a_text_with_commas() -> None:
    listed = Settings({"general.templates": " a, ,b ,"})
    assert listed.list_of("general.templates") == ["a", "b"]


@pytest.mark.parametrize(
    "address",
    ["", "127.0.0.1:8080", "http://[::1]:80", "socks5h://me:p@ss@proxy.test:1080/", "http://proxy"],
)
def test_proxies_are_written_in_many_ways(address: str) -> None:
    assert setting("sources.proxy").parse(address) == address


def test_an_address_that_would_show_the_key_is_no_base_url_of_gemini() -> None:
    url = setting("gemini.url")
    assert url.parse(" https://Gateway.example/gemini/ ") == "https://gateway.example/gemini"
    assert url.parse("http://192.168.1.5:4000") == "http://192.168.1.5:4000"
    assert url.parse("") == url.parse("https://generativelanguage.googleapis.com/") == ""
    for bad in ("http://gateway.example", "https://me:secret@gateway.example", "gateway"):
        with pytest.raises(InvalidSetting) as refused:
            url.parse(bad)
        assert "secret" not in refused.value.message


def test_numbers_are_read_with_the_signs_of_arabic() -> None:
    assert setting("budget.run_usd").parse("٠٫٥") == 0.5
    assert setting("general.new_cards").parse("٢٠") == 20
