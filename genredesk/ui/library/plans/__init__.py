"""Plans as a person meets them: choices, preview, applying, history and undo."""
