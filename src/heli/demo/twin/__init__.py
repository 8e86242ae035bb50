"""Linjiang as the twin sees it: an invented city by a river, and four policies to try."""
