"""Machine types: the catalogue that ships with Deadreckon, or a platform's own."""
