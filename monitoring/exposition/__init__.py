"""What `/metrics` says: families by name, counted by every process, summed up at a scrape."""
