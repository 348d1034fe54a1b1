"""The Library page's parts: a table of any length, the map, plans and the way back."""
