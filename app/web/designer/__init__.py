"""The designers' pages: the procedures as files and as versions, scenarios tried, publishing."""
