"""Asking an ONVIF device what it is, what time it has and where its stream is.

Requests and WS-Security tokens come from onvif-zeep-async. Its objects stay in this package.
"""
