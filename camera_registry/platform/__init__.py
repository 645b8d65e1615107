"""Points that only a platform reaches: its lists, and what they say over time."""
