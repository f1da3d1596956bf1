"""One file for each finding, named as it is."""
