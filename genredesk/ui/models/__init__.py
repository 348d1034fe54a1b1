"""The Models place: its page and its parts."""
