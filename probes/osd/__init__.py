"""Overlay text (字幕, OSD): the place and the time that a camera writes into its picture."""
