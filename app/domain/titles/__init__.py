"""Title records, their approval documents and the history of every change.

A title and its paper certificate are two things: declaring the paper void never touches the title.
"""
