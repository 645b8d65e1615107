"""What a decoded picture says of the camera's health: measures on its planes and rules on the
measures. Pure: no I/O, no clock."""
