"""The wizard's pages, one file a page."""
