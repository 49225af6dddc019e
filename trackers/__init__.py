"""Devices, what accounts make of them, and what is known of them now. The floors, lowest first:

- `reports`: what devices send, bytes to `Report`; pure.
- `engine`: what a report, or time alone, makes of a source's record: states, trips, readings, counters; pure.
- `rendering`: what clients read of states and readings, and its description; pure.
- `models`, `migrations`: the tables.
- `storage`: rows of states and last reports in SQL, by the thousand; what is locked, in which order.
- `services`: every change of the database, and who must hear of it; `ingestion` alone writes states.
- `intake`, `calls`, `admin`: how reports come in, how programs ask, what the staff sees. Each ends in services.

`management` has the commands, `simulation` the vehicles that drive in the demo: it reports as a device does.
"""
