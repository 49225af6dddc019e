// npm install atmosphere.js
import { atmosphere } from "atmosphere.js";

const answer = await fetch("{{ url }}/user/auth", {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ login: "LOGIN", password: "PASSWORD" }),
});
const { hash } = await answer.json();
const requests = [{ type: "state_batch", target: { type: "all" }, rate_limit: "1s" }];
const command = { action: "subscribe", hash, requests };

let noteOpen;
const opening = new Promise((resolve) => (noteOpen = resolve));
// It connects again by itself, and changes to HTTP where websockets are not let through.
const subscription = await atmosphere.subscribe(
  {
    url: "{{ url }}/event/subscription",
    contentType: "application/json",
    transport: "websocket",
    fallbackTransport: "sse",
    enableProtocol: true,
    trackMessageLength: true,
    reconnect: true,
  },
  {
    open: () => noteOpen(),
    reopen: () => subscription.push(JSON.stringify(command)),
    message: ({ responseBody }) => console.log(JSON.parse(responseBody)),
  },
);
await opening;
subscription.push(JSON.stringify(command));
