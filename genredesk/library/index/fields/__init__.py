"""The fields of a filter; ``table.py`` lists them all."""
