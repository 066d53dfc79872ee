"""The command line's verbs, a file for each family. Heavy imports wait until a verb runs."""
