const answer = await fetch("{{ url }}/user/auth", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ login: "LOGIN", password: "PASSWORD" }),
});
const { hash } = await answer.json();

const socket = new WebSocket("{{ socket_url }}/event/subscription");
socket.onopen = () => {
  const requests = [{ type: "state_batch", target: { type: "all" }, rate_limit: "1s", format: "compact" }];
  socket.send(JSON.stringify({ action: "subscribe", hash, iso_datetime: true, requests }));
};
socket.onmessage = ({ data }) => {
  const message = JSON.parse(data);
  if (message.event === "state_batch") for (const { tracker_id, state } of message.data) console.log(tracker_id, state);
};
// After a close: wait a little, connect and subscribe again. The server sends the current states anew.
socket.onclose = ({ code }) => console.log("closed", code);
