"""GenreDesk: names the genre of what is playing and organizes a music collection."""

__version__ = "0.1.0"
