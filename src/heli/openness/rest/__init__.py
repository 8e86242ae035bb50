"""REST operations of openness, one module per noun; ``heli.openness.api`` joins them."""
