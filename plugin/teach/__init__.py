"""Teaching ASD what is normal ground, and keeping what was taught."""
