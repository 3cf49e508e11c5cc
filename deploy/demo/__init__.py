"""The main job from end to end, played on a local environment as callers would do it."""
