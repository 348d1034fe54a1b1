"""The experiments of a paper: a folder of runs, who has taken which, and the tables of them."""
