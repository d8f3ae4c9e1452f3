"""What is kept, for how long, and what is told about it."""
