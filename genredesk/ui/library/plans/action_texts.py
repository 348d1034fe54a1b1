"""The actions as a person meets them: their words, their icons, and the choices they ask for."""

from __future__ import annotations

from dataclasses import dataclass, field

from genredesk.ui.look.text import counted, tr


@dataclass(frozen=True, slots=True)
class Counted:
    """A sentence about one thing and about several, with their number in place of ``{0}``."""

    one: str
    many: str

    def of(self, n: int) -> str:
        """Return the sentence about ``n``."""
        return counted(n, self.one, self.many)


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
    coming: Counted = field(
        default_factory=lambda: Counted(tr("1 file will change."), tr("{0} files will change."))
    )
    done: Counted = field(
        default_factory=lambda: Counted(tr("1 file changed"), tr("{0} files changed"))
    )


def choices() -> list[ActionText]:
    """Return the actions, in the order of the menu; those of others come last, as they are."""
    from genredesk.library.organize import actions  # noqa: PLC0415

    known = {
        "tag_genre": ActionText(
            "tag_genre", "tags", tr("Write genre tags ({0}) …"), tr("Write genre tags"),
            tr("Write the tags"),
            Counted(tr("The tags of 1 file will be written."),
                    tr("The tags of {0} files will be written.")),
            Counted(tr("Tags written in 1 file"), tr("Tags written in {0} files")),
        ),
        "move_files": ActionText(
            "move_files", "move", tr("Move into folders ({0}) …"), tr("Move into folders"),
            tr("Move the files"),
            Counted(tr("1 file will be moved."), tr("{0} files will be moved.")),
            Counted(tr("1 file moved"), tr("{0} files moved")),
        ),
        "copy_files": ActionText(
            "copy_files", "copy", tr("Copy into folders ({0}) …"), tr("Copy into folders"),
            tr("Copy the files"),
            Counted(tr("1 file will be copied."), tr("{0} files will be copied.")),
            Counted(tr("1 file copied"), tr("{0} files copied")),
        ),
        "playlists": ActionText(
            "playlists", "playlist", tr("Make playlists ({0}) …"), tr("Make playlists"),
            tr("Write the playlists"),
            Counted(tr("1 playlist will be written."), tr("{0} playlists will be written.")),
            Counted(tr("1 playlist written"), tr("{0} playlists written")),
        ),
        "export": ActionText(
            "export", "export", tr("Export a table ({0}) …"), tr("Export a table"),
            tr("Write the table"),
            Counted(tr("1 table will be written."), tr("{0} tables will be written.")),
            Counted(tr("1 table written"), tr("{0} tables written")),
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
