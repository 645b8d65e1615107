"""The simulated city: real RTSP servers and ONVIF devices on loopback, and the sample archive.

Nothing here uses the client's code: its bytes are made on their own, so that a mistake of the
client is not answered by the same mistake here.
"""
