"""Pages of applicants: applying, the state of a case, certificates."""
