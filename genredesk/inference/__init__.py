"""A bundle turns sound into scores, and scores into one decision; live, for a file or for many."""
