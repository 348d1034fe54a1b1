"""Widgets that know nothing of engines: plain data in through methods, wishes out as signals."""
