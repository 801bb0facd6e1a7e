"""Adjusting a result without detecting again: its threshold, its outlines, and how it looks."""
