"""Bytes of one maker become events here. No binding reads anything yet: such bytes wait in quarantine as `unknown_device`."""
