"""What crews are told, in which words, and when."""
