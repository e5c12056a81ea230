"""What runs in the peers' own environments: services as their guides write them, the model from ``MODEL``."""
