"""Why a person stands where they stand on the list."""
