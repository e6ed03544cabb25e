"""What was known of a user strictly before a snapshot."""
