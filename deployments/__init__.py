"""The models: one noun per file, plain classes that know nothing of a cluster."""
