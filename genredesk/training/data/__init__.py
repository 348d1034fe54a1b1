"""Labeled music: folders and tables, songs, splits, the feature cache, duplicates."""
