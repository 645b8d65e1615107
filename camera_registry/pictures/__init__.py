"""A camera's own picture history: what its good pictures measure, and when to believe it. Pure."""
