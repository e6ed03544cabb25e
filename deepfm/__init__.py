"""Prospects from a behaviour log.

The data goes one way, a folder a step: ``log`` → ``task`` → ``features`` → ``fields`` →
``model`` → ``training`` → ``evaluation`` → ``explanation`` → ``prospects``; ``runs`` keeps all
of it in one folder a run, ``charts`` draws it, ``serving`` writes the model for other programs.
"""
