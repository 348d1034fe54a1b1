"""A genre's key, name and color: one for the window, the terminal and what is exported."""

from __future__ import annotations

import zlib

from genredesk.core.messages import mark, say

GENRE_COLOURS: dict[str, str] = {
    "blues": "#5B8FF9",
    "classical": "#D8C27A",
    "country": "#C98B5E",
    "disco": "#D36BC4",
    "hiphop": "#8C7AE6",
    "jazz": "#4FB3A5",
    "metal": "#9AA3AE",
    "pop": "#F28DB2",
    "reggae": "#6BBF59",
    "rock": "#E4685D",
}
"""The ten genres every shipped model knows."""


OTHER_COLOURS: tuple[str, ...] = (
    "#B7376B",
    "#B74506",
    "#AB3A95",
    "#784FD0",
    "#2BD1FE",
    "#1DE4F4",
    "#C04350",
    "#745DB2",
    "#C94F7C",
    "#B74D94",
    "#65B8FE",
    "#F8B1DD",
    "#C26201",
    "#D7D209",
    "#94DDB9",
    "#795DE7",
)
"""Colours for any other label.

Chosen by farthest-point search in OKLab over normal, protan and deutan sight (Machado 2009
matrices), starting from the ten above; a label keeps its colour for ever because only its name
decides.
"""


IN_SENTENCE = mark("jazz")
"""Its translation tells whether a language writes genres with a capital within a sentence."""

TRANSLATED = (
    mark("Brass & Military"),
    mark("Children's"),
    mark("Classical"),
    mark("Electronic"),
    mark("Experimental"),
    mark("Folk, World, & Country"),
    mark("Hip-hop"),
    mark("Instrumental"),
    mark("International"),
    mark("Non-Music"),
    mark("Soundtrack"),
    mark("Speech"),
    mark("Spoken"),
    mark("Stage & Screen"),
    mark("World"),
)
"""Names of genres for which some languages have words of their own; labels stay what they are."""

UNDER = "---"
"""Stands between a parent and its child in the name of a label (``Electronic---House``)."""


def parent_of(label: str) -> str:
    """Return the parent in a label's name, or the label itself where it names none."""
    return label.partition(UNDER)[0]


def genre_key(label: str) -> str:
    """Return what all ways to write a genre share: ``Hip-Hop`` and ``hiphop`` are one."""
    return "".join(c for c in label.casefold() if c.isalnum())


def genre_name(label: str) -> str:
    """Return a label as it is shown: ``hiphop`` is "Hip-hop", ``jazz`` is "Jazz".

    Of a leaf of a tree only its own name: ``Electronic---House`` is "House".
    """
    label = label.rpartition(UNDER)[2]
    shown = {"hiphop": "Hip-hop", "rnb": "R&B", "edm": "EDM"}.get(label.casefold())
    if shown:
        return shown
    text = label.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def genre_word(label: str) -> str:
    """Return a genre's name in the person's language, for the eye only: "Klassik"."""
    name = genre_name(label)
    return say(name) if name in TRANSLATED else name


def genre_in_sentence(label: str) -> str:
    """Return :func:`genre_word` as it stands within a sentence: "hip-hop", but "R&B"."""
    name = genre_word(label)
    if name[1:] != name[1:].lower() or say(IN_SENTENCE)[0].isupper():
        return name
    return name[:1].lower() + name[1:]


def colour_of(label: str) -> str:
    """Return the colour of a genre as ``#RRGGBB``; an unknown label always gets the same one.

    All children of a parent have its colour.
    """
    key = genre_key(parent_of(label))
    known = GENRE_COLOURS.get(key)
    return known or OTHER_COLOURS[zlib.crc32(key.encode()) % len(OTHER_COLOURS)]
