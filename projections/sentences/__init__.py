"""Facts told: one sentence for each class of fact, each union in its own file, none left out."""
