"""Pages of openness, by who uses them."""
