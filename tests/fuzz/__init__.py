"""Everything that reads a camera's bytes, fed with bytes that no camera sends.

Each module here is one target: `SEEDS`, short cases of the project's own, and `check(data)`, which
raises only where the code under test is wrong. The test suite runs every target over its seeds
and over small mutations of them; `make fuzz` runs each under a coverage-guided fuzzer.
"""

TARGETS = (
    "wire",
    "session",
    "auth",
    "sdp",
    "h264",
    "h265",
    "jpeg",
    "parameter_sets",
    "soap",
    "discovery",
)
