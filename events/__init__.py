"""Event connections: who follows which trackers, and hears at once what changes. The floors, lowest first:

- `protocol`: what is said on a connection, and how it is framed; `kinds` has a file for each type of event; pure.
- `clients`: one connected client: who it is, what it follows, and what waits until its transport can take it.
- `hub`: who is here; what the channel layer brings goes to them, and what it lost is read from the database.
- `commands`: what a client asks, carried out.
- `peers`: clients and pushes that belong to another process.
- `transports`: one file each, from websocket to polling; what they share begins with an underscore.
- `web`, `admin`, `urls`: the pages, `/metrics`, and the staff's list of connected clients.

`static`, `templates` and `frontend` are the monitoring page and the reference, with the packages that they load.
"""
