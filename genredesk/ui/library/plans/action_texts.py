"""The actions as a person meets them: their words, their icons, and the choices they ask for."""

from __future__ import annotations

from dataclasses import dataclass

from genredesk.ui.library.tracks.columns import tr


@dataclass(frozen=True, slots=True)
class ActionText:
    """One action: its file's name, icon, words for the menu (with the count), title, and deed."""

    name: str
    icon: str
    menu: str
    title: str
    deed: str


def choices() -> list[ActionText]:
    """Return the actions, in the order of the menu; those of others come last, as they are."""
    from genredesk.library.organize import actions  # noqa: PLC0415

    known = {
        "tag_genre": ActionText(
            "tag_genre", "tags", tr("Write genre tags ({0}) …"), tr("Write genre tags"),
            tr("Write the tags"),
        ),
        "move_files": ActionText(
            "move_files", "move", tr("Move into folders ({0}) …"), tr("Move into folders"),
            tr("Move the files"),
        ),
        "copy_files": ActionText(
            "copy_files", "copy", tr("Copy into folders ({0}) …"), tr("Copy into folders"),
            tr("Copy the files"),
        ),
        "playlists": ActionText(
            "playlists", "playlist", tr("Make playlists ({0}) …"), tr("Make playlists"),
            tr("Write the playlists"),
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
        ),
    }  # fmt: skip
    there = actions.names()
    found = [choice for name, choice in known.items() if name in there]
    for name in there:
        if name not in known:
            title = actions.get(name).title
            found.append(ActionText(name, "chevron-right", title + " ({0}) …", title, title))
    return found


def choice(name: str) -> ActionText:
    """Return the words of an action, also of one that is no longer there."""
    found = next((c for c in choices() if c.name == name), None)
    return found or ActionText(name, "chevron-right", name, name, name)
