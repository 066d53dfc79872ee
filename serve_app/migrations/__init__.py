"""The tables' history: one step a change, run in order when a process of the service starts."""
