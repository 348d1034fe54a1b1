"""Every command of the window in one table; its actions, the menus and the keyboard map follow.

A key without a modifier acts only on the page where its effect is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

from PySide6.QtGui import QAction, QKeySequence

from genredesk.ui.library.tracks.keys import track_keys
from genredesk.ui.look.text import tr
from genredesk.ui.widgets.help_overlay import Group

SEEK_S = 5.0
VOLUME_STEP = 0.05
ZOOM, LOOK = 1.5, 0.25
"""By how much a key zooms, and by which share of what is seen it scrolls."""
EVERYWHERE, LISTEN, LIBRARY, TRAIN, MODELS = "", "listen", "library", "train", "models"
TRACKS = "tracks"
"""The library's table of tracks, which acts its keys itself while it has the focus."""
STAGE = "stage"
"""The window with only the genre."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a person can have done.

    Attributes
    ----------
    id
        Its name in the table.
    title
        What the menu says.
    callback
        Path of what is called, from the widget that owns the actions: ``live.seek_by``.
    keys
        Keys as :class:`~PySide6.QtGui.QKeySequence` reads them.
    place
        The page on which the keys act; empty for all of them.
    menu
        Heading of the menu it is in; empty for none.
    enabled
        Path of what must be true, or of a question that must be answered with yes; empty: always.
    args
        What the callback is given.
    goes
        Whether :attr:`place` is shown first.
    repeats
        Whether a key that is held down does it again and again.
    text
        What the keyboard map says; the title when empty.
    also
        Other ways a keyboard may send the same keys; they are not shown.
    role
        Where macOS puts it.
    """

    id: str
    title: str
    callback: str
    keys: tuple[str, ...] = ()
    place: str = EVERYWHERE
    menu: str = ""
    enabled: str = ""
    args: tuple[str | float, ...] = ()
    goes: bool = False
    repeats: bool = False
    text: str = ""
    also: tuple[str, ...] = ()
    role: QAction.MenuRole = QAction.MenuRole.NoRole

    @property
    def shown(self) -> str:
        """The keys as this system writes them."""
        native = QKeySequence.SequenceFormat.NativeText
        return " / ".join(QKeySequence(k).toString(native) for k in self.keys)


def table() -> tuple[Command, ...]:
    """Return every command, in the person's language and in the order of the menus."""
    return (
        *_file(),
        *_playing(),
        *_timeline(),
        *_view(),
        *_library(),
        *_train(),
        *_models(),
        *_help(),
        *_stage(),
    )


def of_window() -> tuple[Command, ...]:
    """Return the commands of the main window; the others' keys are acted where they belong."""
    return tuple(c for c in table() if c.place not in (TRACKS, STAGE))


def of_stage() -> tuple[Command, ...]:
    """Return the commands of the stage."""
    return _stage()


def _file() -> tuple[Command, ...]:
    m, role = tr("&File"), QAction.MenuRole
    return (
        Command("open", tr("Open files"), "files.ask_files", ("Ctrl+O",), menu=m),
        Command("open_folder", tr("Open a folder"), "files.ask_folder", ("Ctrl+Shift+O",), menu=m),
        Command(
            "save", tr("Save picture, log, sound or scores"), "files.ask_save", ("Ctrl+S",), menu=m
        ),
        Command("list", tr("Show the list of files"), "show_list", ("Ctrl+L",), menu=m),
        Command(
            "settings",
            tr("Settings"),
            "show_settings",
            ("Ctrl+,",),
            menu=m,
            role=role.PreferencesRole,
        ),
        Command("outputs", tr("Other programs …"), "show_outputs", menu=m),
        Command("quit", tr("Quit"), "close", ("Ctrl+Q",), menu=m, role=role.QuitRole),
    )


def _playing() -> tuple[Command, ...]:
    here = partial(Command, place=LISTEN, menu=tr("&Playback"))
    file = partial(here, enabled="listening.sound.is_file", repeats=True)
    files = partial(here, enabled="listening.playlist", repeats=True)
    volume = partial(here, callback="listening.player.change_volume", repeats=True)
    return (
        here(
            "toggle",
            tr("Play or pause"),
            "listening.transport.toggle",
            ("Space",),
            text=tr("Play or pause; pause a live source"),
        ),
        file("back", tr("Back 5 seconds"), "live.seek_by", ("Left",), args=(-SEEK_S,)),
        file("forward", tr("Forward 5 seconds"), "live.seek_by", ("Right",), args=(SEEK_S,)),
        files("next", tr("Next file"), "listening.transport.next", ("N",)),
        files(
            "previous",
            tr("Previous file"),
            "listening.transport.previous",
            ("P",),
            text=tr("Start of the file, then the file before"),
        ),
        here("loop", tr("Loop the file"), "listening.player.toggle_loop", ("L",)),
        volume("louder", tr("Louder"), keys=("Up",), args=(VOLUME_STEP,)),
        volume("quieter", tr("Quieter"), keys=("Down",), args=(-VOLUME_STEP,)),
        here("mute", tr("Mute"), "listening.player.toggle_muted", ("M",)),
    )


def _timeline() -> tuple[Command, ...]:
    here = partial(Command, place=LISTEN, menu=tr("T&imeline"))
    again = partial(here, repeats=True)
    zoom = partial(again, callback="live.timeline.zoom")
    look = partial(again, callback="live.timeline.look")
    rows = partial(again, callback="live.timeline.view.zoom_frequency")
    return (
        here("freeze", tr("Freeze the picture"), "live.timeline.toggle_freeze", ("F",)),
        here("log", tr("Log of what was heard"), "live.timeline.toggle_log", ("G",)),
        here("teach", tr("Teach what is playing …"), "live.ask_teach", ("T",)),
        zoom("less_time", tr("Show less time"), keys=("+",), also=("=",), args=(1 / ZOOM,)),
        zoom("more_time", tr("Show more time"), keys=("-",), args=(ZOOM,)),
        look("earlier", tr("Look earlier"), keys=("Shift+Left",), args=(-LOOK,)),
        look("later", tr("Look later"), keys=("Shift+Right",), args=(LOOK,)),
        here("whole", tr("Show everything"), "live.timeline.show_all", ("Home",)),
        here("now", tr("Back to now"), "live.timeline.go_now", ("End",)),
        rows("fewer_rows", tr("Show fewer frequencies"), keys=("Shift+Up",), args=(1 / ZOOM,)),
        rows("more_rows", tr("Show more frequencies"), keys=("Shift+Down",), args=(ZOOM,)),
    )


def _view() -> tuple[Command, ...]:
    m = tr("&View")
    go = partial(Command, callback="go", menu=m)
    size = partial(Command, callback="scale_text", menu=m)
    return (
        go("go_listen", tr("Go to Listen"), keys=("Ctrl+1",), args=(LISTEN,)),
        go("go_library", tr("Go to Library"), keys=("Ctrl+2",), args=(LIBRARY,)),
        go("go_train", tr("Go to Train"), keys=("Ctrl+3",), args=(TRAIN,)),
        go("go_models", tr("Go to Models"), keys=("Ctrl+4",), args=(MODELS,)),
        Command(
            "stage",
            tr("Stage"),
            "toggle_stage",
            ("F5",),
            menu=m,
            text=tr("Stage: a window with only the genre"),
        ),
        size("text_larger", tr("Larger text"), keys=("Ctrl++",), also=("Ctrl+=",), args=(1,)),
        size("text_smaller", tr("Smaller text"), keys=("Ctrl+-",), args=(-1,)),
        size("text_usual", tr("Usual size of text"), keys=("Ctrl+0",), args=(0,)),
        Command(
            "search",
            tr("Search"),
            "search",
            ("Ctrl+F",),
            menu=m,
            text=tr("Filter the tracks, or find a model"),
        ),
        Command("fullscreen", tr("Full screen"), "toggle_full_screen", ("F11",), menu=m),
    )


def _library() -> tuple[Command, ...]:
    here = partial(Command, place=LIBRARY, menu=tr("&Library"), goes=True)
    open_ = partial(here, enabled="places.has_folders")
    row = partial(Command, callback="", place=TRACKS)
    return (
        here("library_add", tr("Add a folder …"), "library.folders.ask"),
        open_("library_look", tr("Look through the folders now"), "library.folders.scan"),
        open_("library_reread", tr("Read all tags again"), "library.folders.reread"),
        open_("library_moved", tr("A folder is elsewhere now …"), "library.folders.choose_moved"),
        open_("library_tracks", tr("Tracks"), "library.show_tracks"),
        open_("library_history", tr("History"), "library.beside.show_history"),
        open_("library_conflicts", tr("Decide conflicts"), "library.beside.show_conflicts"),
        open_("library_teaching", tr("Decide what teaches most"), "library.beside.show_teaching"),
        open_("library_duplicates", tr("Find duplicates"), "library.duplicates.find"),
        open_("library_words", tr("Genre names and thresholds"), "library.beside.show_words"),
        open_("library_rules", tr("Rules …"), "library.beside.show_rules"),
        open_("library_rekordbox", tr("Genres from a rekordbox XML …"), "rekordbox.ask"),
        open_("library_teach", tr("Train on my corrections"), "library.teach"),
        *(row(one.id, one.title, keys=one.keys) for one in track_keys() if one.title),
    )


def _train() -> tuple[Command, ...]:
    here = partial(Command, place=TRAIN, menu=tr("&Train"))
    shown = partial(here, enabled="training.isVisible")
    return (
        shown("train_back", tr("Page before"), "training.go_back", ("Alt+Left",)),
        shown("train_on", tr("Next page"), "training.go_on", ("Alt+Right",)),
        here("train_history", tr("History of trainings"), "training.toggle_history", goes=True),
        shown(
            "train_rename",
            tr("Rename the genre"),
            "training.music.rename_class",
            ("F2",),
        ),
        here("train_add", tr("Add music …"), "training.music.ask_folder", goes=True),
    )


def _models() -> tuple[Command, ...]:
    here = partial(Command, place=MODELS, menu=tr("&Models"), goes=True)
    return (
        here("models_import", tr("Import …"), "models.importing.ask"),
        here(
            "models_export", tr("Export …"), "models.ask_export", enabled="listening.engine.bundle"
        ),
        here(
            "models_test",
            tr("Test the devices"),
            "models.run_test",
            enabled="places.may_test",
        ),
    )


def _help() -> tuple[Command, ...]:
    m = tr("&Help")
    return (
        Command("manual", tr("Manual"), "show_manual", menu=m),
        Command(
            "help",
            tr("Keyboard map"),
            "help.toggle",
            ("?", "F1"),
            menu=m,
            text=tr("This map"),
            also=("Shift+?",),
        ),
        Command("welcome", tr("First steps …"), "show_welcome", menu=tr("&Help")),
        Command("doctor", tr("Check the installation …"), "show_doctor", menu=tr("&Help")),
        Command("report", tr("Save a report …"), "show_report", menu=tr("&Help")),
    )


def _stage() -> tuple[Command, ...]:
    return (
        Command("stage_fill", tr("Full screen"), "toggle_full_screen", ("F11",), STAGE),
        Command("stage_close", tr("Close the stage"), "close", ("Escape", "F5"), STAGE),
    )


def groups() -> list[Group]:
    """Return the keys by heading, as the keyboard map wants them."""
    timeline = "timeline"
    named = {
        LISTEN: tr("Playing"),
        TRACKS: tr("In the library's table"),
        timeline: tr("Timeline"),
        TRAIN: tr("Training"),
        EVERYWHERE: tr("Everything else"),
    }
    found: dict[str, list[tuple[str, str]]] = {place: [] for place in named}
    found[TRACKS] += [
        ("1 – 9", tr("Set the genre of the selected tracks")),
        (tr("A letter"), tr("Set any genre by its first letters")),
    ]
    ids = {command.id for command in _timeline()}
    for command in table():
        if command.keys and command.place in named:
            place = timeline if command.id in ids else command.place
            found[place].append((command.shown, command.text or command.title))
    found[timeline] += [
        (tr("Wheel, drag"), tr("Look earlier or later")),
        (tr("Ctrl+Wheel"), tr("Show more or less time")),
        (tr("Shift+Drag"), tr("Select; in the ribbon without Shift")),
    ]
    return [(named[place], keys) for place, keys in found.items()]


def clashes(commands: Sequence[Command]) -> list[tuple[str, str, str]]:
    """Return each key that would do two things where it is pressed: the key and both ids."""
    found: list[tuple[str, str, str]] = []
    for one, other in combinations(commands, 2):
        if _meet(one.place, other.place):
            both = {QKeySequence(k) for k in one.keys} & {QKeySequence(k) for k in other.keys}
            found += [(key.toString(), one.id, other.id) for key in both]
    return found


def _meet(place: str, other: str) -> bool:
    """Return whether the keys of two places can act at the same time."""
    if STAGE in (place, other):
        return place == other
    pages = {LIBRARY if p == TRACKS else p for p in (place, other)} - {EVERYWHERE}
    return len(pages) < 2
