"""What is kept, by subject. Each function takes the `Database` and gives back frozen data."""
