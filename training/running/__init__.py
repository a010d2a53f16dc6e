"""A run: one training from the first step to the last, on `transformers.Trainer`, resumable at any moment."""
