"""The ranges of known estimators as data: a file for each kind; nothing of theirs is imported."""
