"""The whole hub at work for a long time: what grows, what gets slower, what is lost."""
