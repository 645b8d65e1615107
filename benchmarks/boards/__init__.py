"""The boards on a day of a whole city."""
