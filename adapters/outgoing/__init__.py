"""The way out to servers that are not ours: registries, git servers, object stores. Whatever they do, a question ends."""
