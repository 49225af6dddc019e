# 1. Log in. The answer has a hash: {"success": true, "type": "authenticated", "hash": "…"}
curl -s {{ url }}/user/auth -H 'Content-Type: application/json' \
  -d '{"login": "LOGIN", "password": "PASSWORD"}'

# 2. What does this login see? The ids in this list are what you subscribe to.
curl -s {{ url }}/tracker/list -d hash=HASH

# 3. Be a device: report a position for the tracker whose source has this device_id. 20 knots are 37 km/h.
curl -s '{{ url }}/ingest/osmand?id=DEVICE_ID&lat=47.4979&lon=19.0402&speed=20'

# 4. See it, with the tracker's id from the list: the position, and "speed": 37.
curl -s {{ url }}/tracker/get_state -d hash=HASH -d tracker_id=TRACKER_ID
