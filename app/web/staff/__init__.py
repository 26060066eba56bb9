"""Pages of the people who decide: inbox and task."""
