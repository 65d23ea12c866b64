"""The queue of tasks: where they are kept, and who runs them."""
