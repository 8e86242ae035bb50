"""REST operations of the cases room, one module per noun; ``heli.cases.api`` joins them."""
