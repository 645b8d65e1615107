"""Thirty simulated days of a city with a known truth: are the right people told, in time?"""
