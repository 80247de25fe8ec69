"""A number is known by its value, however it is written."""

from __future__ import annotations

import pytest

from notegen_desktop.domain.text.numbers import numbers, same, values


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.5 million", "one and a half million"),
        ("1,500,000", "1.5 million"),
        ("1969", "nineteen sixty-nine"),
        ("2022", "twenty twenty-two"),
        ("2008", "two thousand eight"),
        ("12", "a dozen"),
        ("6", "half a dozen"),
        ("24", "two dozen"),
        ("205", "two hundred and five"),
        ("1.4142", "one point four one four two"),
        ("90 minutes", "an hour and a half"),
        ("30 minutes", "half an hour"),
        ("15 min", "a quarter of an hour"),
        ("25 %", "a quarter"),
        ("67 percent", "two thirds"),
        ("50 %", "half"),
        ("5k", "five thousand"),
        ("1000000", "the millionth stage"),
        ("6.5", "six and a half"),
        ("Y²", "y squared"),
        ("21st", "twenty-first"),
        ("3500", "thirty-five hundred"),
        ("3,5", "3.5"),
        ("½", "half"),
        ("1½ cups", "one and a half cups"),
        ("2 ¼ hours", "2.25 hours"),
        ("33 %", "one in three"),
        ("25 %", "1 out of 4 households"),
        ("80%", "four of five"),
        ("3.5", "between three point five and five"),
        ("5", "between three point five and five"),
        ("2000", "a couple of thousand"),
        ("1.5 million", "a million and a half"),
        ("2.5 billion", "two billion and a half"),
        ("2.31", "version two point thirty-one"),
        ("0.001", "below point zero zero one"),
        ("0.05", "p is point oh five"),
        ("1.05", "one point oh five"),
        ("1905", "nineteen oh five"),
        ("3×10⁹", "three billion"),
        ("3 x 10^9 tokens", "three billion tokens"),
        ("10^{-5}", "ten to the minus five"),
        ("10⁻⁵", "0.00001"),
        ("476", "four seventy-six"),
        ("190", "one ninety"),
        ("2650", "twenty-six fifty"),
        ("12.50", "twelve pounds fifty"),
        ("19,90", "nineteen euros ninety"),
        ("3.75", "three dollars and seventy-five cents"),
        ("1.5 years", "eighteen months"),
        ("24 months", "two years"),
    ],
)
def test_two_spellings_of_one_number_share_a_value(one: str, other: str) -> None:
    assert any(same(a, b) for a in values(one) for b in values(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("forty-five", "forty-three"),
        ("1,300", "3,100"),
        ("1,300", "1.3"),
        ("1961", "1969"),
        ("50 mg", "half an ampoule"),
        ("33", "one in three"),
        ("75 mg", "45 minutes"),
        ("50 m", "30 minutes"),
        ("3.55", "three point five and five"),
        ("3 million", "three billion"),
        ("0.2", "at this point two things happen"),
        ("12.5", "twelve people, five dogs"),
    ],
)
def test_other_numbers_do_not(one: str, other: str) -> None:
    assert not any(
        same(a, b) for number in numbers(one) for a in number.readings for b in values(other)
    )


def test_a_number_knows_its_place() -> None:
    text = "of 17 and twenty-one days"
    assert [text[n.start : n.end] for n in numbers(text)] == ["17", "twenty-one"]
