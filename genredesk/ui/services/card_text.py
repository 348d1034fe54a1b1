"""A bundle's card in plain words: what it knows, how often it is right, what it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genredesk.core import shares
from genredesk.core.genres import genre_name, genre_word
from genredesk.core.shares import percent
from genredesk.ui.look.text import decimal, pointed, thousands, tr
from genredesk.ui.widgets.bundle_list import BundleRow

if TYPE_CHECKING:
    from genredesk.inference.bundle import Bundle
    from genredesk.inference.card import Accuracy, ModelCard

_KINDS = {
    "mel": "mel",
    "mel3": "three-channel mel",
    "mfcc": "MFCC",
    "cqt": "constant-Q",
    "stft": "STFT",
    "mfcc_image": "MFCC picture",
}


MOST_GENRES = 60
"""More names than this push everything else out of sight."""


def heard_in(card: ModelCard) -> str:
    """Return whose songs it was measured on: ``artists``, ``songs`` it never heard, or empty.

    Empty when the card does not say it in words that are known here.
    """
    if "artist-disjoint" in card.data or "artists kept together" in card.split:
        return "artists"
    return "songs" if "whole songs" in card.split or "as the table" in card.split else ""


def accuracy(measured: Accuracy, what: str, card: ModelCard) -> str:
    """Say an accuracy with its number and interval.

    ``what`` is what was judged, ``song`` or ``window``.
    """
    texts = {
        ("song", "artists"): tr(
            "{0} of %Ln song(s) by artists it never heard correct", "", measured.n
        ),
        ("song", "songs"): tr("{0} of %Ln song(s) it never heard correct", "", measured.n),
        ("song", ""): tr("{0} of %Ln song(s) correct", "", measured.n),
    }
    heard = heard_in(card)
    windows = tr("{0} of %Ln window(s) of them correct", "", measured.n)
    text = texts.get((what, heard), windows).format(shares.measured(measured.value))
    text += " " + tr("(95\u202f%: {0})").format(shares.ranged(measured.interval))
    if not heard and measured.on:
        text += f" · {measured.on}"
    return text


def kept_apart(card: ModelCard) -> str:
    """Say how the songs it was measured on were kept from its training."""
    chosen = tr(
        "Its scores were calibrated on the same songs and, with some recipes, the "
        "moment to stop was chosen with them, which flatters a little."
    )
    texts = {
        "artists": tr("No artist is in both the songs it learned from and those it was asked."),
        "songs": tr("It was asked only songs it had not learned from; artists may be in both."),
    }
    text = texts.get(heard_in(card), card.split)
    again = tr("It was then fitted once more on all of them; the numbers are those from before.")
    parts = {"chosen on valid": chosen, "fitted again": again}
    return " ".join([text, *(said for words, said in parts.items() if words in card.split)])


def summary(card: ModelCard) -> str:
    """Return one line for the list: songs correct and whose, or that nobody measured it."""
    song = card.accuracy.get("song")
    genres = tr("%Ln genre(s)", "", len(card.labels))
    if song is None:
        return f"{genres} · " + tr("accuracy not measured")
    whose = {
        "artists": tr("{0} ({1}) on %Ln song(s) by artists it never heard", "", song.n),
        "songs": tr("{0} ({1}) on %Ln song(s) it never heard", "", song.n),
    }.get(heard_in(card), tr("{0} ({1}) on %Ln song(s)", "", song.n))
    return f"{genres} · " + whose.format(shares.measured(song.value), shares.ranged(song.interval))


def row(bundle: Bundle, said: str = "") -> BundleRow:
    """Return a bundle's row in a list; it is found by network, paper and genre, too.

    ``said`` stands in place of what the card says of its accuracy.
    """
    card = bundle.card
    genres = " ".join(f"{genre_name(label)} {genre_word(label)}" for label in card.labels)
    found_by = f"{card.network} {card.paper} {_KINDS.get(card.frontend.kind, '')} {genres}"
    line = summary(card)
    if said:
        line = f"{tr('%Ln genre(s)', '', len(card.labels))} · {said}"
    if card.makes_sound:
        line += " · " + tr("makes new pieces")
    return BundleRow(bundle.id, card.title, line, found_by=found_by)


def parameters(count: int) -> str:
    """Write a number of parameters: ``27,000``, ``1.0 million``."""
    if count < 1_000_000:
        return thousands(count)
    return tr("{0} million").format(decimal(count / 1e6))


def hears(card: ModelCard) -> str:
    """Say what the network is shown."""
    spec = card.frontend
    return tr("{0} s, {1} × {2} {3}, sound at {4} kHz").format(
        decimal(spec.window_s),
        spec.shape[1],
        spec.shape[2],
        _KINDS.get(spec.kind, spec.kind),
        pointed(f"{spec.sample_rate / 1000:g}"),
    )


def speed(measured: Measured | None) -> str:
    """Say how fast it is on this computer."""
    if measured is None:
        return tr("being measured …")
    if measured.problem:
        return measured.problem
    return tr("{0} ms a window on {1}").format(decimal(measured.ms), measured.device)


def bits(measured: Measured | None, card: ModelCard) -> str:
    """Say in which numbers it computes here, where that is a question."""
    parts = [measured.bits] if measured is not None and measured.bits else []
    if (eight := card.eight_bits) is not None:
        text = tr(
            "8 and 32 bits give the same genre for {0} of %Ln window(s) of music.", "", eight.n
        )
        parts.append(text.format(shares.measured(eight.alike, 1)))
    return " ".join(parts)


def genres(labels: Sequence[str]) -> str:
    """Name a model's genres; of very many the first ones and how many more there are."""
    text = ", ".join(genre_word(label) for label in labels[:MOST_GENRES])
    more = len(labels) - MOST_GENRES
    return tr("{0} and %Ln more", "", more).format(text) if more > 0 else text


def our_recipe(card: ModelCard) -> str:
    """Say how right the same network is when it is trained with GenreDesk's own recipe."""
    parts = [
        (tr("{0} of songs"), card.accuracy["song"]),
        (tr("{0} of windows"), card.accuracy["window"]),
    ]
    right = ", ".join(text.format(shares.measured(one.value)) for text, one in parts)
    return tr("{0} when the same network is trained with GenreDesk's own recipe").format(right)


def sure_from(card: ModelCard) -> str:
    """Say from which score on it is sure."""
    several = card.bounds().several
    if several is not None and min(several.sure) < max(several.sure):
        low, high = percent(min(several.sure)), percent(max(several.sure))
        return tr("from {0} to {1}, each word its own; several may hold").format(low, high)
    if several is not None:
        return tr("from {0}; several words may hold").format(percent(several.sure[0]))
    if not card.sure:
        return tr("always")
    if card.songs:
        return tr("from {0}, which rests on %Ln song(s)", "", card.songs).format(percent(card.sure))
    return tr("from {0}").format(percent(card.sure))


def rows(
    card: ModelCard, measured: Measured | None, again: ModelCard | None = None
) -> list[tuple[str, str]]:
    """Return heading and text of everything the page shows about a bundle.

    Parameters
    ----------
    again
        The card of the same network trained with our recipe; told of the papers' networks only.
    """
    found = [(tr("Genres"), genres(card.labels))]
    for name, heading in (("song", tr("Songs")), ("window", tr("Windows"))):
        if name in card.accuracy:
            found.append((heading, accuracy(card.accuracy[name], name, card)))
    if again is not None and card.paper != "genredesk":
        found.append((tr("Our recipe"), our_recipe(again)))
    if not card.accuracy:
        found.append((tr("Accuracy"), tr("It was never measured how often it is correct.")))
    if card.makes_sound:
        text = tr(
            "It is an autoencoder: the genre is the one that explains the sound best, and "
            "it makes new pieces of each genre"
        )
        found.append((tr("New pieces"), text))
    network = tr("{0}, {1} parameters").format(card.network, parameters(card.parameters))
    found += [
        (tr("Speed here"), speed(measured)),
        (tr("Arithmetic"), bits(measured, card)),
        (tr("Network"), network),
        (tr("Input"), hears(card)),
        (tr("Sure"), sure_from(card)),
        (tr("Trained on"), card.data),
        (tr("Kept apart"), kept_apart(card)),
        (tr("License"), card.licence),
        (tr("Notes"), card.notes),
        (tr("Made with"), ", ".join(f"{k} {v}" for k, v in card.versions.items())),
        (tr("Seed"), str(card.seed)),
    ]
    return [(heading, text) for heading, text in found if text]


@dataclass(frozen=True, slots=True)
class Measured:
    """Speed of a bundle on this computer: median ms per window, or why there is none.

    ``bits`` says what there is to say of 8 and 32 bits, empty for most.
    """

    ms: float
    device: str
    problem: str = ""
    bits: str = ""
