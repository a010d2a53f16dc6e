"""A photo's way into the queue: taken in once, looked at by the models, and ordered by how doubtful their masks are."""
