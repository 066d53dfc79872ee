"""What `fitting-room evaluate` does: cases in, numbers and a report out."""
