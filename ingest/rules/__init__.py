"""Situation and now become raise, resolve or nothing: pure functions, in order. The desk that needs them comes next."""
