"""The list beside the table: doubtful and other places, groups with their counts, folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from genredesk.core.names import LONGEST_LINE, shown
from genredesk.library.row_state import TO_CHECK
from genredesk.ui.library.tracks.groups import colour_key, group_name
from genredesk.ui.library.tracks.listing import ListCounts, ListRequest
from genredesk.ui.look import icons, theme
from genredesk.ui.look.text import thousands
from genredesk.ui.look.tokens import GRID
from genredesk.ui.widgets.base import elided, filled, focus_ring, text_width, tip
from genredesk.ui.widgets.card import Card
from genredesk.ui.widgets.controls import Combo, IconButton
from genredesk.ui.widgets.layouts import STRETCH, HBox, plain_label

if TYPE_CHECKING:
    from genredesk.library.catalogue.roots import Root

Index = QModelIndex | QPersistentModelIndex
ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1
BATCH = 500
"""So many lines are laid out at once, within a millisecond; all 40,000 folders would take 80."""


@dataclass(frozen=True, slots=True)
class SidebarEntry:
    """One line: what it stands for, its words, its count and its mark.

    ``within`` and ``root`` say what a click shows; both ``None``: everything.
    """

    text: str
    count: int
    within: tuple[str, str] | None = None
    root: Path | None = None
    root_id: int = 0
    icon: str = ""
    colour: str | None = None
    grey: bool = False
    tip: str = ""


DECIDE = ("conflicts", "decide")
"""What the line stands for that leads to deciding conflicts one by one."""


class GroupLines(Sequence[SidebarEntry]):
    """The groups of one kind; a line is made when it is looked at, for there may be thousands."""

    def __init__(self, kind: str, tally: Mapping[str, int]) -> None:
        self.kind = kind
        self.names = list(tally)
        self.counts = list(tally.values())
        self._icon = {"artist": "microphone", "album": "picture", "folder": "folder"}.get(kind, "")

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, at: int) -> SidebarEntry: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[SidebarEntry]: ...
    def __getitem__(self, at: int | slice) -> SidebarEntry | Sequence[SidebarEntry]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        name = self.names[at]
        return SidebarEntry(
            group_name(self.kind, name),
            self.counts[at],
            within=(self.kind, name),
            icon=self._icon,
            colour=colour_key(self.kind, name) or None,
        )

    def row_of(self, within: tuple[str, str] | None) -> int:
        """Return where a group is, -1 where it is none of these."""
        if within is None or within[0] != self.kind or within[1] not in self.names:
            return -1
        return self.names.index(within[1])


def _texts(entries: Sequence[SidebarEntry]) -> tuple[str, list[str]]:
    """Return what two lists with the same lines have in common."""
    if isinstance(entries, GroupLines):
        return entries.kind, entries.names
    return "", [e.text for e in entries]


class SidebarEntries(QAbstractListModel):
    """The lines of one list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entries: Sequence[SidebarEntry] = []

    def show(self, entries: Sequence[SidebarEntry]) -> None:
        """Show these lines; only counts that changed are painted anew."""
        if _texts(entries) == _texts(self.entries):
            self.entries = entries
            if entries:
                self.dataChanged.emit(self.index(0), self.index(len(entries) - 1))
            return
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def row_of(self, wanted: SidebarEntry) -> int:
        """Return where the line is that shows the same as ``wanted``, -1 where there is none."""
        if isinstance(self.entries, GroupLines):
            return self.entries.row_of(wanted.within)
        key = (wanted.within, wanted.root)
        return next((i for i, e in enumerate(self.entries) if (e.within, e.root) == key), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt has it
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.entries):
            return None
        entry = self.entries[index.row()]
        if role == ENTRY_ROLE:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.text}, {entry.count}"
        return tip(entry.tip or entry.text) if role == Qt.ItemDataRole.ToolTipRole else None


class _Line(QStyledItemDelegate):
    """Draws an entry: mark, words, count."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(theme.px(120), theme.px(30))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = theme.current()
        entry: SidebarEntry = index.data(ENTRY_ROLE)
        rect = QRectF(option.rect)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            filled(painter, rect, 7, tokens.pressed)
        elif state & QStyle.StateFlag.State_MouseOver:
            filled(painter, rect, 7, tokens.control)
        if state & QStyle.StateFlag.State_HasFocus:
            focus_ring(painter, rect, 7)
        if entry.grey:
            painter.setOpacity(0.6)
        left = rect.left() + theme.px(8)
        size = theme.px(16)
        box = QRectF(left, rect.center().y() - size / 2, size, size)
        if entry.icon:
            icons.paint(painter, entry.icon, box, tokens.quiet)
        else:
            inner = box.adjusted(size * 0.19, size * 0.19, -size * 0.19, -size * 0.19)
            filled(painter, inner, size / 2, theme.genre_colour(entry.colour or None))
        font = theme.font(13)
        small = theme.font(11)
        count = thousands(entry.count) if entry.count >= 0 else ""
        wide = text_width(small, count)
        painter.setFont(small)
        painter.setPen(QColor(tokens.quiet))
        right = rect.right() - theme.px(8)
        side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(right - wide - 2, rect.top(), wide + 2, rect.height()), side, count)
        words = QRectF(box.right() + theme.px(8), rect.top(), 0, rect.height())
        words.setRight(right - wide - theme.px(8))
        painter.setFont(font)
        painter.setPen(QColor(tokens.text))
        painter.drawText(
            words, Qt.AlignmentFlag.AlignVCenter, elided(font, entry.text, words.width())
        )
        painter.restore()


class EntryList(QListView):
    """One list of entries; only one line over all lists of the sidebar is chosen."""

    picked = Signal(object)
    menu_asked = Signal(object, QPoint)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.entries = SidebarEntries(self)
        self.setModel(self.entries)
        self.setItemDelegate(_Line(self))
        self.setAccessibleName(name)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(BATCH)
        self._seeking = False  # the chosen line has not got its place yet
        self.verticalScrollBar().rangeChanged.connect(lambda *_: self._seek())
        self.clicked.connect(self._pick)
        self.activated.connect(self._pick)
        self.customContextMenuRequested.connect(self._menu)

    def _pick(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY_ROLE)
        if entry is not None:
            self.picked.emit(entry)

    def _menu(self, at: QPoint) -> None:
        entry = self.indexAt(at).data(ENTRY_ROLE)
        if entry is not None:
            self.menu_asked.emit(entry, self.viewport().mapToGlobal(at))

    def show_entries(self, entries: Sequence[SidebarEntry], chosen: SidebarEntry | None) -> None:
        """Show lines and mark the chosen one."""
        self.entries.show(entries)
        row = -1 if chosen is None else self.entries.row_of(chosen)
        if row != self.currentIndex().row():
            self._seeking = row >= BATCH
        if row >= 0:
            self.setCurrentIndex(self.entries.index(row))
        elif self.currentIndex().isValid():
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())

    def _seek(self) -> None:
        """Scroll to the chosen line, as far as the list has come by now."""
        if self._seeking:
            here = self.currentIndex()
            self.scrollTo(here)
            self._seeking = not self.viewport().rect().contains(self.visualRect(here))

    def fit(self, limit: int = 99) -> None:
        """Be as high as the lines."""
        n = min(limit, len(self.entries.entries))
        self.setFixedHeight(n * theme.px(30) + 2)


class Sidebar(Card):
    """Places, groups, folders.

    Signals
    -------
    picked(Entry)
        A line was clicked.
    group_chosen(str)
        Count by something else.
    headed(bool)
        Show the groups in the table, too.
    add_asked()
        Add a folder.
    root_menu_asked(Entry, QPoint)
        What can be done with a folder.
    """

    picked = Signal(object)
    group_chosen = Signal(str)
    headed = Signal(bool)
    add_asked = Signal()
    root_menu_asked = Signal(object, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent, margin=GRID + 4)
        self.setFixedWidth(theme.px(222))
        self.places = EntryList(self.tr("Places"))
        self.groups = EntryList(self.tr("Groups"))
        self.roots = EntryList(self.tr("Folders"))
        self.group = Combo(self.tr("Group by"))
        self.group.setMinimumContentsLength(6)
        for key, text in (
            ("heard", self.tr("Mine or heard")),
            ("tag", self.tr("Tag genre")),
            ("disagreement", self.tr("Disagreement")),
            ("answer", self.tr("How sure")),
            ("state", self.tr("State")),
            ("artist", self.tr("Artist")),
            ("album", self.tr("Album")),
            ("folder", self.tr("Folder")),
            ("recording", self.tr("Recording")),
        ):
            self.group.addItem(text, key)
        self.heads = IconButton("library", self.tr("Show these groups in the table"), size=16)
        self.heads.setCheckable(True)
        self.add = IconButton("plus", self.tr("Add a folder"), size=16)
        grouping = HBox((self.group, 1), self.heads, gap=4)

        folders = plain_label(self.tr("FOLDERS"), "heading")
        adding = HBox(folders, STRETCH, self.add, margins=(theme.px(8), 0, 0, 0))
        column = self.body
        column.setSpacing(GRID // 2)
        column.addWidget(self.places)
        column.addSpacing(GRID)
        column.addLayout(grouping)
        column.addWidget(self.groups, 1)
        column.addLayout(adding)
        column.addWidget(self.roots)
        for view in (self.places, self.groups, self.roots):
            view.picked.connect(self.picked)
        self.roots.menu_asked.connect(self.root_menu_asked)
        self.group.activated.connect(lambda _i: self.group_chosen.emit(self.group.currentData()))
        self.heads.toggled.connect(self.headed)
        self.add.clicked.connect(self.add_asked)

    def show_counts(self, counts: ListCounts) -> None:
        """Show counts and mark what is in view."""
        view = counts.view
        mark = SidebarEntry("", 0, within=view.within, root=view.root)
        chosen = mark if view.only is None else None
        self.places.show_entries(self._places(counts), chosen)
        self.places.fit()
        groups = GroupLines(view.group, counts.tallies[view.group])
        self.groups.show_entries(groups, chosen if view.within else None)
        self.group.setCurrentIndex(self.group.findData(view.group))
        self.heads.blockSignals(True)
        self.heads.setChecked(view.headed)
        self.heads.blockSignals(False)
        self._mark_root(view)

    def _places(self, counts: ListCounts) -> list[SidebarEntry]:
        answer, state = counts.tallies["answer"], counts.tallies["state"]
        check = sum(answer.get(name, 0) for name in TO_CHECK)
        disagree = counts.tallies["disagreement"].get("disagree", 0)
        found = [SidebarEntry(self.tr("All tracks"), sum(state.values()), icon="library")]
        for kind, name, count, icon in (
            ("check", "check", check, "help"),
            ("disagreement", "disagree", disagree, "tags"),
            ("answer", "corrected", answer.get("corrected", 0), "lock"),
            ("state", "found", state.get("found", 0), "clock"),
            ("state", "failed", state.get("failed", 0), "warning"),
            ("state", "missing", state.get("missing", 0), "help"),
            ("state", "offline", state.get("offline", 0), "unplugged"),
        ):
            always = name in ("check", "disagree", "corrected")
            if count or always or (kind, name) == counts.view.within:
                text = group_name(kind, name)
                found.append(SidebarEntry(text, count, within=(kind, name), icon=icon))
            if name == "disagree" and count:
                tip_ = self.tr("Tag against answer, track by track, with one key each")
                text = self.tr("Decide conflicts")
                found.append(SidebarEntry(text, -1, within=DECIDE, icon="chevron-right", tip=tip_))
        return found

    def show_roots(self, roots: Sequence[Root], view: ListRequest) -> None:
        """Show the folders; those whose drive is not there are grey."""
        names = [shown(root.path.name or root.path) for root in roots]
        entries = []
        for root, name in zip(roots, names, strict=True):
            text = name if names.count(name) == 1 else shown(root.path, LONGEST_LINE)
            whole = shown(root.path, LONGEST_LINE)
            if root.offline:
                whole += "\n" + self.tr("The drive is not connected; its tracks are kept.")
            elif not root.watched:
                whole += "\n" + self.tr("It is not watched for new files.")
            icon = "unplugged" if root.offline else "folder"
            entries.append(
                SidebarEntry(text, root.n_files, root=root.path, root_id=root.id, icon=icon,
                      grey=root.offline, tip=whole)
            )  # fmt: skip
        self.roots.show_entries(entries, None)
        self.roots.fit(5)
        self._mark_root(view)

    def _mark_root(self, view: ListRequest) -> None:
        entries = self.roots.entries.entries
        roots = [e.root for e in entries]
        if view.root in roots and view.root is not None:
            self.roots.setCurrentIndex(self.roots.entries.index(roots.index(view.root)))
        else:
            self.roots.clearSelection()
            self.roots.setCurrentIndex(QModelIndex())
