"""What training does to a network of torch: build, load, halve, freeze."""
