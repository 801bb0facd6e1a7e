"""Training, simulation, evaluation and benches."""
