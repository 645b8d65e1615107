"""Incidents and maintenance as people read and handle them."""
