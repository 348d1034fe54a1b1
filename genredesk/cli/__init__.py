"""The same engine without a window: one file, one command; found by file name.

Each module (names with a leading underscore aside) offers ``add_arguments(parser)`` and
``run(args) -> int``. The first line of its docstring is its line in ``genredesk --help``; imports
of anything heavy belong inside functions.
"""
