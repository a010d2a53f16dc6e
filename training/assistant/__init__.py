"""Training the hand assistant: a promptable network, and an annotator who is simulated while it learns."""
