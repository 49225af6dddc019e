/** Says on the pairing sheet when the first report of the phone came, or why it was refused. */

const INTERVAL_MS = 2000;
const TIMEOUT_MS = 10_000;
/** Whoever has not paired a phone by then is no longer there. */
const LONGEST_MS = 30 * 60 * 1000;

const said = document.querySelector("#pairing-heard");
const url = new URL(said.dataset.url, location.href);
url.searchParams.set("since", said.dataset.since);
const startedAt = performance.now();

ask();

async function ask() {
  if (performance.now() - startedAt > LONGEST_MS) {
    show("over", "Nobody waits here any longer. Show the sheet again.");
    return;
  }
  const heard = await read();
  if (heard?.reported) {
    show("heard", "The first report has come.");
    return;
  }
  if (heard?.refusal) show("refused", `A report came and was refused: ${heard.refusal}.`);
  else if (heard === null) show("waiting", "The server does not answer; waiting…");
  else show("waiting", "Waiting for the first report…");
  setTimeout(ask, INTERVAL_MS);
}

/** @returns what was heard; null when that cannot be told now */
async function read() {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

function show(state, text) {
  said.dataset.state = state;
  if (said.textContent !== text) said.textContent = text;
}
