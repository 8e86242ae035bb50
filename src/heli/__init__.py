"""Heli 合力: the departments of a city act as one government."""

__version__ = "0.1.0"
