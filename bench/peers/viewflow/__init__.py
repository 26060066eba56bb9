"""django-viewflow as a contender, in a virtualenv of its own."""
