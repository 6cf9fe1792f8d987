"""The whole system on one machine, with a simulated district: what `make run` starts."""
