"""What the throw-away children do, one job per module."""
