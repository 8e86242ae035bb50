"""What the cockpit reads."""
