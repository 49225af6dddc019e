# pip install websockets
# python first_state.py LOGIN PASSWORD
import json
import sys
from urllib.request import Request, urlopen

from websockets.sync.client import connect

login, password = sys.argv[1:]
body = json.dumps({"login": login, "password": password}).encode()
request = Request("{{ url }}/user/auth", body, {"Content-Type": "application/json"})
with urlopen(request) as answer:
    hash = json.load(answer)["hash"]

with connect("{{ socket_url }}/event/subscription") as socket:
    requests = [{"type": "state_batch", "target": {"type": "all"}, "rate_limit": "1s"}]
    socket.send(json.dumps({"action": "subscribe", "hash": hash, "requests": requests}))
    for frame in socket:
        message = json.loads(frame)
        if message["type"] == "event" and message["event"] == "state_batch":
            for item in message["data"]:
                state = item["state"]
                print(item["tracker_id"], state["connection_status"], state["gps"]["location"], flush=True)
        else:
            print(message, flush=True)
