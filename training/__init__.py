"""Training and measuring models: the maintainer's wing. It imports the ground floor, `handseg`, and nothing else."""
