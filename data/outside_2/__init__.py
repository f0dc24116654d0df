"""What the builders of the outside benchmarks share. It has nothing in common with the project's own generator."""
