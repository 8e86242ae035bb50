"""Shapes of the cases room's REST interface."""
