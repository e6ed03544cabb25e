"""From columns to the integers and fractions that the model reads."""
