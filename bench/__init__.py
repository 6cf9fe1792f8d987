"""Measures the product on this machine: each file measures one thing, each row stands beside its limit."""
