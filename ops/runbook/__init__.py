"""What an operator looks up: pages made from the code, so that they say what it does."""
