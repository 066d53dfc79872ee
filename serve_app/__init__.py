"""What clients touch: the ingress, the jobs, the command line and the page."""
