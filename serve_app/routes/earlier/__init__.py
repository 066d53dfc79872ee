"""What the routes of earlier systems have in common, and what each of them does with pictures."""
