"""`python -m serve_app` is the command `fitting-room`."""

from serve_app.cli import main

main()
