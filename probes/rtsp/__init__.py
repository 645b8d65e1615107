"""RTSP 1.0 (RFC 2326) as a client speaks it: a protocol core that takes bytes and returns events,
and in `client` the sockets around it."""
