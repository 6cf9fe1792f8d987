"""A believable district: invented sites, devices and guests with real rhythms and mishaps. Streets and communities are real."""
