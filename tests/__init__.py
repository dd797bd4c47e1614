"""The proof: unit, property, database, live and browser tests."""
