"""Who may ask: users, sessions, keys, rights; and the ground of the HTTP API. The floors, lowest first:

- `wire`: errors, parameters, dates, rates, rights, the words that describe calls, and files of rows; pure.
- `models`, `migrations`: the tables.
- `metrics`: what processes count, and how one of them tells of all.
- `notices`: how processes tell each other what changed.
- `selectors`: who is behind a hash.
- `services`: every change of users, sessions and keys, and who must hear of it.
- `api`: the edge of every call: parameters in, answers and errors out, limits.
- `calls`, `admin`: what programs ask, what the staff sees. Each ends in services.
- `urls`: the addresses of all calls; `management`: the commands.
"""
