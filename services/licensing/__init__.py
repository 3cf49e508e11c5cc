"""Licensing: grants, pools, and the license that a pupil's first start uses."""
