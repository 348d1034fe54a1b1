"""What is worth saying about the music before a training, most important first."""

from __future__ import annotations

from genredesk.core.genres import genre_word
from genredesk.ui.look.text import tr
from genredesk.ui.training.music import FEW, ONE_ARTIST, UNEVEN, GenreGroup, Music, Remark, artists


def names(groups: list[GenreGroup], most: int = 3) -> str:
    """Write the names of a few classes; the others are counted."""
    shown = ", ".join(genre_word(g.label) for g in groups[:most])
    more = len(groups) - most
    return tr("{0} and %Ln more", "", more).format(shown) if more > 0 else shown


def look(music: Music) -> list[Remark]:
    """Return what to know; those that stop a training come first."""
    used = music.used()
    out = _stopping(music, used)
    none = [g for g in music.classes() if g.included and g.label and not g.usable]
    if none and used:
        text = tr("{0}: no usable songs, so it will not be learned. See its problems.")
        out.append(Remark(text.format(names(none))))
    few = [g for g in used if 1 < g.usable < FEW]
    if few:
        out.append(
            Remark(
                tr(
                    "{0}: fewer than %Ln song(s). That is enough for quick training, but the "
                    "numbers will be rough. Add songs if you can.",
                    "",
                    FEW,
                ).format(names(few))
            )
        )
    if len(used) > 1:
        most, least = max(g.usable for g in used), min(g.usable for g in used)
        if most / max(1, least) >= UNEVEN and not music.words:
            out.append(
                Remark(
                    tr(
                        "The largest genre has %Ln song(s) and the smallest {0}. Genres are "
                        "weighted so that the small ones count as much.",
                        "",
                        most,
                    ).format(least)
                )
            )
    out += _doubles(music) + _artists(used)
    return out


def _stopping(music: Music, used: list[GenreGroup]) -> list[Remark]:
    out: list[Remark] = []
    if music.tracks and not used:
        out.append(
            Remark(
                tr("No song here can be used for training. See the problems, or add music."), True
            )
        )
    elif len(used) == 1:
        text = tr("There is only one genre, {0}. Add a second folder to tell it from.")
        out.append(Remark(text.format(names(used)), True))
    single = [g for g in used if g.usable == 1]
    if single and music.words:
        text = tr("{0}: on one song only, so it will not be learned.")
        out.append(Remark(text.format(names(single))))
    elif single:
        text = tr(
            "{0} has only one usable song; two are needed, so that one can be held back. "
            "Add songs or exclude the genre."
        )
        out.append(Remark(text.format(names(single)), True))
    seen: dict[str, GenreGroup] = {}
    for group in used:
        other = seen.setdefault(group.label.strip().casefold(), group)
        if other is not group:
            text = tr("{0} and {1} differ only in case or spaces. Merge them, or rename one.")
            out.append(Remark(text.format(other.label, group.label), True))
    return out


def _doubles(music: Music) -> list[Remark]:
    both = [t for t in music.problems() if t.kind == "ambiguous" and t.troubled]
    if not both:
        return []
    text = tr(
        "%Ln file(s) are the same recording in two genres (the first is {0}). They are excluded "
        "until you decide which genre keeps them.",
        "",
        len(both),
    )
    return [Remark(text.format(both[0].name))]


def _artists(used: list[GenreGroup]) -> list[Remark]:
    found: list[tuple[GenreGroup, str, int]] = []
    for group in used:
        common = artists(group.tracks).most_common(1)
        if group.usable >= 3 and common and common[0][1] >= ONE_ARTIST * group.usable:
            found.append((group, *common[0]))
    if not found:
        return []
    group, artist, n = found[0]
    text = tr(
        "{0} of %Ln song(s) of {1} are by {2}. The network may learn the artist instead of the "
        "genre.",
        "",
        group.usable,
    ).format(n, genre_word(group.label), artist)
    if len(found) > 1:
        others = tr("One artist also fills {0}.")
        text = f"{text} {others.format(names([g for g, _artist, _n in found[1:]]))}"
    return [Remark(text)]
