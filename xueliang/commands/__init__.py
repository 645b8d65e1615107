"""The commands of `xueliang`, one module each."""
