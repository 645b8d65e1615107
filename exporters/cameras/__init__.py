"""The points on pages and as JSON: the list, and one of them."""
