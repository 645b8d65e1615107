"""Our way and the others', side by side in one run."""
