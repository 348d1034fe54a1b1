"""The actions as a person meets them: their words, their icons, and the choices they ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from genredesk.core.messages import say
from genredesk.ui.look.text import tr


@dataclass(frozen=True, slots=True)
class ActionText:
    """One action: its file's name, icon, words for the menu (with the count), title, and deed.

    ``coming`` says what is going to happen to so many files, ``done`` what has happened.
    """

    name: str
    icon: str
    menu: str
    title: str
    deed: str
    coming: Callable[[int], str] = field(default=lambda n: tr("%Ln file(s) will change.", "", n))
    done: Callable[[int], str] = field(default=lambda n: tr("%Ln file(s) changed", "", n))


def choices() -> list[ActionText]:
    """Return the actions, in the order of the menu; those of others come last, as they are."""
    from genredesk.library.organize import actions  # noqa: PLC0415

    known = {
        "tag_genre": ActionText(
            "tag_genre", "tags", tr("Write genre tags ({0}) …"), tr("Write genre tags"),
            tr("Write the tags"),
            lambda n: tr("The tags of %Ln file(s) will be written.", "", n),
            lambda n: tr("Tags written in %Ln file(s)", "", n),
        ),
        "move_files": ActionText(
            "move_files", "move", tr("Move into folders ({0}) …"), tr("Move into folders"),
            tr("Move the files"),
            lambda n: tr("%Ln file(s) will be moved.", "", n),
            lambda n: tr("%Ln file(s) moved", "", n),
        ),
        "copy_files": ActionText(
            "copy_files", "copy", tr("Copy into folders ({0}) …"), tr("Copy into folders"),
            tr("Copy the files"),
            lambda n: tr("%Ln file(s) will be copied.", "", n),
            lambda n: tr("%Ln file(s) copied", "", n),
        ),
        "playlists": ActionText(
            "playlists", "playlist", tr("Make playlists ({0}) …"), tr("Make playlists"),
            tr("Write the playlists"),
            lambda n: tr("%Ln playlist(s) will be written.", "", n),
            lambda n: tr("%Ln playlist(s) written", "", n),
        ),
        "xspf": ActionText(
            "xspf", "playlist", tr("Make XSPF playlists ({0}) …"), tr("Make XSPF playlists"),
            tr("Write the playlists"),
        ),
        "navidrome": ActionText(
            "navidrome", "playlist", tr("Make Navidrome smart playlists ({0}) …"),
            tr("Make Navidrome smart playlists"), tr("Write the playlists"),
        ),
        "rekordbox": ActionText(
            "rekordbox", "export", tr("Export to rekordbox ({0}) …"), tr("Export to rekordbox"),
            tr("Write the XML"),
        ),
        "export": ActionText(
            "export", "export", tr("Export a table ({0}) …"), tr("Export a table"),
            tr("Write the table"),
            lambda n: tr("%Ln table(s) will be written.", "", n),
            lambda n: tr("%Ln table(s) written", "", n),
        ),
    }  # fmt: skip
    there = actions.names()
    found = [choice for name, choice in known.items() if name in there]
    for name in there:
        if name not in known:
            title = say(actions.get(name).title)
            found.append(ActionText(name, "chevron-right", title + " ({0}) …", title, title))
    return found


def choice(name: str) -> ActionText:
    """Return the words of an action, also of one that is no longer there."""
    found = next((c for c in choices() if c.name == name), None)
    return found or ActionText(name, "chevron-right", name, name, name)
