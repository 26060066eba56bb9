"""Rules and rows of the title domain, one package per subject; no Flask, no SpiffWorkflow."""
