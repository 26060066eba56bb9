"""加签: others whose signed opinion a user task needs before it is completed, or after.

They are asked by who has the task, or by an operator. Nothing of it is drawn: the task's token
waits as it is, so a return, an interruption or a migration meets an ordinary open task.
"""
