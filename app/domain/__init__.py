"""Rules and rows of the title domain, one package per subject; no Flask and no SpiffWorkflow here."""
