"""What Prometheus is told of each register, and the alarms that it raises."""
