"""Tell me: zones, rules, alerts, and how people hear of them. The floors, lowest first:

- `geometry`: shapes on the map; pure.
- `engine`: when a rule fires, by changes of states and by time; pure.
- `models`, `migrations`, `rendering`: the tables; what clients read.
- `storage`: rows in bulk.
- `services`: every change, and who must hear of it; rules are judged in the transaction that stores a report.
- `calls`, `admin`: what programs ask, what the staff sees.
"""
