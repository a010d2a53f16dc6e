"""What people call by `python -m annotation`: each command a function."""
