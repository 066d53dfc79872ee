"""`python -m serve_app` is the command `fitting-room`."""

from serve_app.cli import main

if __name__ == "__main__":  # a process of `evaluate --jobs` reads this file too
    main()
