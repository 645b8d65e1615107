"""Decoding one key frame in a process of its own: what a camera sends is hostile input to a
decoder written in C, so a crash, a hang or a hunger for memory may cost one look and no more."""
