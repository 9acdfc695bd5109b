"""A guess at the encoding of text is right for what people write, and iconv takes its name."""

import codecs
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_cli.disk.encodings import guess, wide
from claude_cli.disk.inputfile import decode_text

TEXTS = {
    "BIG5": [
        "玉山有多高？它是臺灣最高的山峰。",
        "姓名,問題\n王小明,請問什麼時候出貨？\n",
        "陳,台北",
    ],
    "SHIFT_JIS": ["東京都は人口が多い。", "名前,質問\n田中,いつ届きますか\n", "佐藤,東京"],
    "EUC-JP": ["東京都は人口が多い。", "名前,質問\n田中,いつ届きますか\n"],
    "EUC-KR": ["한국어 문장입니다. 서울은 사람이 많다.", "이름,질문\n김철수,언제 배송되나요?\n"],
    "GB18030": [
        "请问什么时候发货",
        "它是台湾最高的山峰，海拔三千米。",
        "姓名,问题\n王小明,请问什么时候发货？\n",
    ],
    "WINDOWS-1251": ["Привет, как дела? Москва большой город.", "имя,вопрос\nИван,когда\n"],
    "KOI8-R": ["Привет, как дела? Москва большой город."],
    "WINDOWS-1252": [
        "crème brûlée à la carte",
        "Müller\nStraße 5\n",
        "naïve",
        "señor niño",
        "“quoted” – dash … it’s",
        "Øystein Århus",
        "çà et là déjà",
    ],
}
PYTHONS = {"WINDOWS-1251": "cp1251", "WINDOWS-1252": "cp1252", "KOI8-R": "koi8_r"}


def first_bad(data: bytes) -> int:
    with pytest.raises(UnicodeDecodeError) as error:
        data.decode()
    return error.value.start


def samples() -> Iterator[tuple[str, str]]:
    for name, texts in TEXTS.items():
        for text in texts:
            yield name, text


@pytest.mark.parametrize(("name", "text"), [*samples()])
def test_what_people_write_is_told_apart(name: str, text: str) -> None:
    data = text.encode(PYTHONS.get(name, name))
    assert guess(data, first_bad(data)).name == name


@pytest.mark.skipif(shutil.which("iconv") is None, reason="no iconv here")
@pytest.mark.parametrize(("name", "text"), [*samples(), ("UTF-16", "hi\n"), ("UTF-16LE", "hello")])
def test_the_name_is_one_that_iconv_takes(name: str, text: str) -> None:
    data = text.encode(PYTHONS.get(name, name))
    recoded = subprocess.run(
        ["iconv", "-f", name, "-t", "UTF-8"], input=data, stdout=subprocess.PIPE, check=True
    )
    assert recoded.stdout.decode() == text


@pytest.mark.parametrize("name", ["UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32"])
def test_utf16_and_utf32_are_known_with_and_without_a_mark(name: str) -> None:
    found = guess("hello, wörld\n".encode(name), 0)
    assert found.name == name and found.is_wide


def test_a_text_that_is_utf8_but_for_a_few_bytes_is_known_as_that() -> None:
    diff = b"+caf\303\251 utf-8\n+caf\351 latin-1\n"
    assert guess(diff, first_bad(diff)).name == "UTF-8"
    damaged = "日本語のテキスト".encode() + b"\xe9\xff\xc0"
    assert guess(damaged, first_bad(damaged)).name == "UTF-8"


def test_a_damage_far_from_the_start_is_judged_by_what_is_around_it() -> None:
    data = b"ascii\n" * 100_000 + "玉山有多高？它是臺灣最高的山峰。\n".encode("big5")
    assert guess(data, first_bad(data)).name == "BIG5"


def test_what_is_no_text_has_no_encoding() -> None:
    assert guess(bytes(range(128, 256)), 0).name is None


@given(st.binary())
def test_any_bytes_have_a_guess(data: bytes) -> None:
    guess(data, 0)
    assert wide(b"") is None


def test_a_mark_of_utf_8_outweighs_nul_bytes() -> None:
    assert decode_text(codecs.BOM_UTF8 + b".\0", "a") == ".\0"
