"""GenreDesk: hears what genre is playing and puts a music collection in order."""

__version__ = "0.1.0"
