"""Whether a dataset is what it says: every row against its own pictures, all rows against each other, files on disk."""
