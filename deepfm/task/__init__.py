"""The question: who, which action, how far ahead, learned from which moments."""
