"""The words everybody shares; the ground on which every other room stands."""
