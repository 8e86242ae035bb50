"""REST operations of the organisation room; ``heli.organisation.api`` joins them."""
