"""What is out there and what we know of it: archive, health, coverage, storage."""
