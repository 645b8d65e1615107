"""RTP (RFC 3550) and its video payload formats: from packets to one whole key picture. No I/O."""
