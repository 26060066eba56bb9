"""The process engine: bundles, instances, tasks, timers, incidents, behind about ten verbs.

`app.engine.engine.Engine` is the door. The engine knows cases and calendars, not titles or
certificates; what a procedure does stands in its process files and in `app.operations`.
"""
