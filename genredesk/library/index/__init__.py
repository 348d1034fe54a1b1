"""The library as columns in memory: filter, sort, group, tally, neighbors."""
