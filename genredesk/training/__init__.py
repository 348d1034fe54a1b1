"""From labelled music to a bundle: data, splits, recipes, the loop, evaluation and export."""
