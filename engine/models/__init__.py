"""The networks that the engine runs, and what they are fed with."""
