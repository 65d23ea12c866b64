"""A day of a shop on one machine, on real parts: Redis, a Celery worker, a simulated register, and their paper."""
