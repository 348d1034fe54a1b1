"""Names are compared in one form and shown in a safe one."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from genredesk.core.errors import AudioFileError
from genredesk.core.names import LONGEST, bare, nfc, no_path, sentence, shown, steers

NFD = unicodedata.normalize("NFD", "café 한국 ﬁ")


def test_one_form_whatever_the_system():
    assert nfc(NFD) == "café 한국 ﬁ" != NFD
    assert nfc("plain") == "plain"
    assert nfc("\udce9") == "\udce9", "bytes that are no text stay what they are"


def test_nothing_in_a_name_steers_the_terminal():
    name = "a\x1b[31mb\nc\td\x7f\x9b1m\u202egpj\u2066x\u200f"
    seen = shown(name)
    assert seen == "a␛[31mb␊c d␡�1m�gpj�x�"
    assert bare(name) == "a[31mbc d1mgpjx"
    assert steers(name)
    assert not steers("Ünïcode ♫\t–")
    assert shown("Ωmega – 日本 👩‍🎤 é") == "Ωmega – 日本 👩‍🎤 é"
    assert "\x1b" not in str(AudioFileError("/m/\x1b]0;x\x07.mp3", "it is empty"))


def test_long_names_end():
    assert len(shown("x" * 100_000)) == LONGEST
    assert shown("x" * LONGEST) == "x" * LONGEST
    assert sentence("a\r\n\tb\x1b") == "a\n b␛"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("-", "standard input"),
        ("/here/-", "standard input"),
        ("https://example.org/a.mp3", "Download"),
        (Path("http://example.org/a.mp3").absolute(), "Download"),
        ("file:///home/a.mp3", "file://"),
        ("C:/music/a.mp3", ""),
        ("C:\\music\\a.mp3", ""),
        ("AC/DC: Live/a.mp3", ""),
        ("a-b.mp3", ""),
    ],
)
def test_what_is_no_path_is_told(path, said):
    reason, fix = no_path(path)
    assert (said in f"{reason}. {fix}") if said else (reason, fix) == ("", "")
