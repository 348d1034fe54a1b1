"""Deleting one of the user's bundles: it lies aside for a while and can be brought back.

What is never brought back or emptied, because the program ended, is swept away a day later.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

from genredesk.core import paths
from genredesk.core.errors import BundleError
from genredesk.core.messages import say
from genredesk.inference.bundle import DELETED, Bundle


def discard(bundle: Bundle) -> Path:
    """Take a bundle out of those that are installed; return the hidden folder that keeps it.

    Raises
    ------
    BundleError
        When it came with the program or cannot be moved.
    """
    root = paths.user_models_dir()
    if bundle.path.parent != root or bundle.path.is_symlink():
        raise BundleError(
            say(
                "{title}: only models you imported or trained can be deleted.",
                title=bundle.card.title,
            )
        )
    try:
        aside = Path(tempfile.mkdtemp(prefix=DELETED, dir=root))
        with contextlib.suppress(FileNotFoundError):  # somebody else was quicker
            bundle.path.rename(aside / bundle.id)
    except FileNotFoundError:  # so is the whole folder
        return root / DELETED
    except OSError as error:
        raise BundleError(
            say(
                "{title}: it cannot be deleted ({strerror}). Allow writing in {root}.",
                title=bundle.card.title,
                strerror=error.strerror,
                root=root,
            )
        ) from error
    return aside


def restore(bundle: Bundle, aside: Path) -> None:
    """Bring back what :func:`discard` took away.

    Raises
    ------
    BundleError
        When its files are gone, or another bundle has its name by now.
    """
    title = bundle.card.title
    if bundle.path.exists():
        raise BundleError(
            say(
                "{title}: another model is called “{id}” by now. Delete that one first.",
                title=title,
                id=bundle.id,
            )
        )
    try:
        (aside / bundle.id).rename(bundle.path)
        aside.rmdir()
    except FileNotFoundError as error:
        raise BundleError(
            say("{title}: its files are gone. Import another copy.", title=title)
        ) from error
    except OSError as error:
        raise BundleError(
            say(
                "{title}: it cannot be brought back ({strerror}). Move {aside} to {bundle}.",
                title=title,
                strerror=error.strerror,
                aside=aside / bundle.id,
                bundle=bundle.path,
            )
        ) from error


def empty(aside: Path) -> None:
    """Remove for good what :func:`discard` took away."""
    shutil.rmtree(aside, ignore_errors=True)
