"""What to do about it: from what is wanted and seen to guarded actions. Pure but for its ports."""
