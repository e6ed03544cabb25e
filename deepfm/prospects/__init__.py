"""The list: who is most likely, why, and how it leaves the house."""
