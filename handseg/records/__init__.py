"""Datasets of accepted photos and masks: their rows, shards and splits, where they are kept, and how they change."""
