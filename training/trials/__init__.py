"""Trials: a candidate is compared with the incumbent by a process of its own, and what came of it stays on the disk."""
