"""Rows to figures: pure functions, SVG text out, colours by class only."""
