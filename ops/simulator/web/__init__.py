"""The HTTP doors: two API generations, and the control pages."""
