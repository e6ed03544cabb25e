"""What was given: which files, how they are read, and their rows as text cells."""
