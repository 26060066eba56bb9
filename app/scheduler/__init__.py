"""The house's clockwork: each tick claims due timers and outbox rows by lease and works them off.

APScheduler is only the metronome of its process; all state is in leased rows.
"""
