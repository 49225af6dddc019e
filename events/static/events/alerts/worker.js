/** Shows what is pushed while no page need be open, and leads from there to the page. It fetches and keeps nothing. */

/** @typedef {{title?: string, body?: string, tag?: string, id?: ?number, time?: string, emergency?: boolean}} Pushed */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** One after the other: what was pushed last is to be what is left. */
let showing = Promise.resolve();

worker.addEventListener("push", (event) => {
  const { data } = event;
  const shown = showing.then(() => show(data));
  showing = shown.catch(() => {}); // Told to the browser by the event; the next one does not depend on it.
  event.waitUntil(shown);
});
worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data));
});
// A new version need not wait: no page depends on the old one.
worker.addEventListener("install", () => worker.skipWaiting());

/** Browsers want something to be shown for each push, even for one that cannot be read. @param {?PushMessageData} data */
async function show(data) {
  const { title = "Fleetsphere", body = "", tag, id = null, time, emergency = false } = read(data);
  return worker.registration.showNotification(title, /** @type {NotificationOptions} */ ({
    body,
    tag,
    renotify: Boolean(tag),
    requireInteraction: emergency,
    // Who looks at the page has heard of it there.
    silent: (await pages()).some(({ visibilityState }) => visibilityState === "visible"),
    icon: "../icon.svg",
    timestamp: Date.parse(time ?? "") || Date.now(),
    data: { id },
  }));
}

/** @param {?PushMessageData} data @returns {Pushed} */
function read(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return { body: "There is news." };
  }
}

/** @param {{id: ?number}} alert */
async function openPage({ id }) {
  const [page] = await pages();
  if (!page) return worker.clients.openWindow(id === null ? "/" : `/#alert-${id}`);
  page.postMessage({ alert: id });
  return page.focus();
}

async function pages() {
  const open = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  return open.filter(({ url }) => new URL(url).pathname === "/");
}
