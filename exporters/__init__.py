"""What we tell: metrics and pages, all read from one prepared read model."""
