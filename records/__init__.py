"""What an account writes down of its people, vehicles and places. The floors, lowest first:

- `models`, `migrations`, `rendering`: the tables; what clients read.
- `services`: every change.
- `calls`, `admin`: what programs ask, what the staff sees.
"""
