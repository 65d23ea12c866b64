"""One command a file. What is heavy to import is imported when the command runs, so that `--help` is quick."""
