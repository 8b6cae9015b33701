"""What is said, out and in."""
