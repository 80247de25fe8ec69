"""What talks to the world: sources, writers, the library, pacing and the runner. Knows no Qt."""
