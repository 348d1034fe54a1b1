"""Plans and what becomes of them: preview, journal, apply, undo, recovery."""
