"""From a file of events to the canonical log: read, map the columns, check, keep."""
