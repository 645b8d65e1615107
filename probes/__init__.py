"""One look at one camera: RTSP, ONVIF, decoding, picture. Imports nothing else of this project."""
