"""Floor 1: what Redis holds of the jobs (design §3, §4), and the same contract in memory for the core's tests."""
