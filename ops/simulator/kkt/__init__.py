"""The cash register itself: its condition, its FN, its paper."""
