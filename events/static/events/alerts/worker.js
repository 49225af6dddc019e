/** Shows what is pushed while no page need be open, and leads from there to the page. It fetches and keeps nothing. */

self.addEventListener("push", (event) => event.waitUntil(show(event.data)));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data));
});
// A new version need not wait: no page depends on the old one.
self.addEventListener("install", () => self.skipWaiting());

/** Browsers want something to be shown for each push, even for one that cannot be read. */
async function show(data) {
  const { title = "Fleetsphere", body = "", tag, id = null, time, emergency = false } = read(data);
  return self.registration.showNotification(title, {
    body,
    tag,
    renotify: Boolean(tag),
    requireInteraction: emergency,
    // Who looks at the page has heard of it there.
    silent: (await pages()).some(({ visibilityState }) => visibilityState === "visible"),
    icon: "../icon.svg",
    timestamp: Date.parse(time) || Date.now(),
    data: { id },
  });
}

function read(data) {
  try {
    return data.json() ?? {};
  } catch {
    return { body: "There is news." };
  }
}

async function openPage({ id }) {
  const [page] = await pages();
  if (!page) return self.clients.openWindow(id === null ? "/" : `/#alert-${id}`);
  page.postMessage({ alert: id });
  return page.focus();
}

async function pages() {
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return open.filter(({ url }) => new URL(url).pathname === "/");
}
