"""Settings, supervisor, command line and the programs they start."""
