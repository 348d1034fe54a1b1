"""The application's style sheet, written from the theme's tokens.

Only standard controls are styled here; widgets that draw themselves ask the theme while painting.
Borders are tones, except where the keyboard focus has to be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genredesk.core import paths

if TYPE_CHECKING:
    from genredesk.ui.look.tokens import Tokens

_SHEET = """
* {{ outline: none; }}
QToolTip {{
    background: {control}; color: {text}; border: 1px solid {line}; padding: {p4}px {p6}px;
}}
QMainWindow, QDialog, QWidget#ground {{ background: {ground}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QLabel {{ background: transparent; }}
QLabel[tone="quiet"] {{ color: {quiet}; }}
QLabel[tone="heading"] {{ color: {quiet}; font-weight: 700; font-size: {s13}px; }}
QLabel[tone="title"] {{ font-weight: 700; font-size: {s16}px; }}
QLabel[tone="error"] {{ color: {error}; }}

QLabel#readout {{
    background: rgba(8, 9, 12, 205); color: #FFFFFF; border-radius: 5px; padding: {p3}px {p8}px;
}}

QPushButton, QToolButton {{
    background: {control}; color: {text}; border: 2px solid transparent;
    border-radius: {r}px; padding: {p6}px {p14}px; min-height: {p18}px;
}}
QToolButton {{ padding: {p6}px; }}
QPushButton:hover, QToolButton:hover {{ background: {hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {pressed}; }}
QPushButton:checked, QToolButton:checked {{ background: {pressed}; }}
QPushButton:focus, QToolButton:focus {{ border-color: {accent}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {faint}; background: {control}; }}
QPushButton[kind="primary"] {{ background: {accent}; color: {on_accent}; font-weight: 700; }}
QPushButton[kind="primary"]:hover {{ background: {accent_hover}; }}
QPushButton[kind="primary"]:focus {{ border-color: {text}; }}
QPushButton[kind="primary"]:disabled {{ background: {control}; color: {faint}; }}
QPushButton[kind="danger"] {{ color: {error}; }}
QPushButton[kind="danger"]:disabled {{ color: {faint}; }}
QPushButton[kind="flat"], QToolButton[kind="flat"] {{ background: transparent; }}
QPushButton[kind="flat"]:hover, QToolButton[kind="flat"]:hover {{ background: {hover}; }}
QPushButton[kind="flat"]:checked, QToolButton[kind="flat"]:checked {{ background: {hover}; }}
QPushButton[kind="flat"]:focus, QToolButton[kind="flat"]:focus {{ border-color: {accent}; }}
#banner QPushButton, #banner QToolButton {{ padding-top: {p3}px; padding-bottom: {p3}px; }}
QToolButton::menu-indicator {{ image: none; }}

QComboBox {{
    background: {control}; color: {text}; border: 2px solid transparent; border-radius: {r}px;
    padding: {p4}px {p28}px {p4}px {p12}px; min-height: {p22}px;
}}
QComboBox:hover {{ background: {hover}; }}
QComboBox:focus {{ border-color: {accent}; }}
QComboBox:disabled {{ color: {faint}; }}
QComboBox QLineEdit {{ background: transparent; border: none; padding: 0; min-height: 0; }}
QComboBox {{ combobox-popup: 0; }}
QComboBox::drop-down {{ border: none; width: 0; }}
QComboBox QAbstractItemView {{
    background: {control}; color: {text}; border: 1px solid {line}; border-radius: {r}px;
    padding: {p4}px; selection-background-color: {pressed}; selection-color: {text};
}}
QComboBox QAbstractItemView::item {{ padding: {p6}px {p8}px; min-height: {p20}px; }}

QMenu {{ background: {control}; color: {text}; border: 1px solid {line}; padding: {p6}px; }}
QMenu::item {{ padding: {p6}px {p24}px {p6}px {p12}px; border-radius: {p6}px; }}
QMenu::item:selected {{ background: {pressed}; }}
QMenu::item:disabled {{ color: {faint}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: {p6}px {p8}px; }}
QMenu::icon {{ padding-left: {p8}px; }}

QLineEdit, QSpinBox, QDoubleSpinBox, QPlainTextEdit, QTextEdit {{
    background: {control}; color: {text}; border: 2px solid transparent; border-radius: {r}px;
    padding: {p4}px {p8}px; selection-background-color: {accent}; selection-color: {on_accent};
}}
QLineEdit, QSpinBox, QDoubleSpinBox {{ min-height: {p22}px; }}
QAbstractItemView QLineEdit {{ min-height: 0; padding: 0 {p4}px; }}
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled {{ color: {faint}; }}
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus {{
    border-color: {accent};
}}
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button,
QDoubleSpinBox::down-button {{ width: 0; border: none; }}

QCheckBox, QRadioButton {{ background: transparent; spacing: {p8}px; }}
QCheckBox:focus, QRadioButton:focus {{ color: {accent}; }}
QCheckBox::indicator, QRadioButton::indicator {{
    width: {p10}px; height: {p10}px; border: 2px solid {quiet}; border-radius: {p4}px;
    background: {control}; padding: 1px;
}}
QRadioButton::indicator {{ border-radius: {p8}px; }}
QCheckBox::indicator:checked, QRadioButton::indicator:checked {{
    border-color: {accent}; background: {accent};
}}
QRadioButton::indicator:checked {{
    background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5, fx: 0.5, fy: 0.5,
        stop: 0 {on_accent}, stop: 0.44 {on_accent}, stop: 0.56 {accent}, stop: 1 {accent});
}}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border-color: {text}; }}
QCheckBox::indicator:checked {{ image: url("{tick}"); padding: 0; }}

QScrollArea > QWidget > QWidget#scrolled {{ background: transparent; border: none; }}
QScrollArea {{
    background: transparent; border: 1px solid transparent; border-radius: {p4}px;
}}
QScrollArea:focus {{ border-color: {accent}; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: {p10}px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: {p10}px; margin: 0; }}
QScrollBar::handle {{ background: {pressed}; border-radius: {p4}px; margin: 1px; }}
QScrollBar::handle:vertical {{ min-height: {p28}px; }}
QScrollBar::handle:horizontal {{ min-width: {p28}px; }}
QScrollBar::handle:hover {{ background: {quiet}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

QProgressBar {{ background: {line}; border: none; border-radius: {p3}px; max-height: {p6}px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: {p3}px; }}

QListView, QTreeView, QTableView {{
    background: {card}; alternate-background-color: {ground};
    border: 1px solid transparent; border-radius: {p4}px;
    selection-background-color: {pressed}; selection-color: {text}; gridline-color: {line};
}}
QListView:focus, QTreeView:focus, QTableView:focus {{ border-color: {accent}; }}
QListView::item {{ padding: {p6}px {p8}px; border-radius: {p6}px; }}
QTableView::item {{ padding: 0 {p6}px; }}
QListView::item:hover {{ background: {control}; }}
QListView::item:selected {{ background: {pressed}; color: {text}; }}
QHeaderView {{ background: {card}; border: none; }}
QHeaderView::section {{
    background: {card}; color: {quiet}; border: none; padding: {p6}px {p8}px; font-weight: 700;
}}
QStatusBar {{ background: {ground}; color: {quiet}; }}
QStatusBar::item {{ border: none; }}
QSplitter::handle {{ background: transparent; }}
"""


def sheet(tokens: Tokens, scale: float = 1.0) -> str:
    """Return the style sheet for ``tokens``, its lengths scaled by ``scale``."""
    lengths = {f"p{n}": round(n * scale) for n in (3, 4, 6, 8, 10, 12, 14, 18, 20, 22, 24, 28)}
    sizes = {f"s{n}": round(n * scale) for n in (11, 13, 14, 16)}
    return _SHEET.format(
        r=round(9 * scale),
        ground=tokens.ground,
        card=tokens.card,
        control=tokens.control,
        hover=tokens.hover,
        pressed=tokens.pressed,
        line=tokens.line,
        text=tokens.text,
        quiet=tokens.quiet,
        faint=_mix(tokens.quiet, tokens.card, 0.6),
        accent=tokens.accent,
        accent_hover=_mix(tokens.accent, tokens.text, 0.85),
        on_accent=tokens.on_accent,
        tick=(paths.resources_dir() / "icons" / "ticks" / f"{tokens.name}.svg").as_posix(),
        error=tokens.error,
        **lengths,
        **sizes,
    )


def _mix(front: str, back: str, share: float) -> str:
    pairs = zip(bytes.fromhex(front[1:]), bytes.fromhex(back[1:]), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)
