"""Labelled pictures that the project makes itself, and what is learnt from them."""
