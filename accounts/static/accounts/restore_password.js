/** Sets the new password by the hash in the address. */

/** The link is good once: who is told too early that nothing answers would try it again and be told that it was used. */
const TIMEOUT_MS = 60_000;
/** Codes of a hash that is none, or no more. */
const NO_SESSION_CODES = new Set([3, 4]);

const hash = location.hash.slice(1);
// Whoever looks at the screen or the history later shall not find it.
history.replaceState(null, "", location.pathname);

const form = document.querySelector("form");
const said = document.querySelector("#said");
const LINK_IS_OVER = said.dataset.over;

if (hash === "") end(LINK_IS_OVER);

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { password, repeated } = Object.fromEntries(new FormData(form));
  if (password !== repeated) {
    said.textContent = said.dataset.unequal;
    return;
  }
  form.querySelector("button").disabled = true;
  show(await setPassword(password));
  form.querySelector("button").disabled = false;
});

function show(answer) {
  said.textContent = "";
  if (answer.success) {
    form.hidden = true;
    document.querySelector("#done").hidden = false;
  } else if (NO_SESSION_CODES.has(answer.status.code)) {
    end(LINK_IS_OVER);
  } else {
    said.textContent = (answer.errors ?? []).map(({ error }) => error).join(" ") || answer.status.description;
  }
}

function end(reason) {
  form.hidden = true;
  said.textContent = reason;
}

async function setPassword(password) {
  try {
    const response = await fetch(new URL("../user/password/change", location.href), {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ hash, password }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return await response.json();
  } catch {
    return { success: false, status: { code: null, description: said.dataset.unreachable } };
  }
}
