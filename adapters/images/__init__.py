"""Image registries: what an image's name stands for now."""
