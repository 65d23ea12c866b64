"""Floor 2: the way in, the printing loop, recovery, the operator's verbs, and Celery around them."""
