// What waits to be sent: a list in this browser, for this person and this review. What could not be sent waits in it and is
// sent once; its key lets the server know a repetition. The desk and the reading list share it.

const RETRY_MS = [1000, 2000, 5000, 10000, 30000];
const JSON_TYPE = "application/json";

export const say = (kind, title, text = "") => document.dispatchEvent(new CustomEvent("toast", { detail: { kind, title, text } }));

// Sends a form. `held` says why it could not be delivered; otherwise the server answered and `ok` tells how.
export async function post(url, body) {
  const token = document.querySelector("#undo-form [name=csrfmiddlewaretoken]").value;
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      body: new URLSearchParams(body),
      headers: { Accept: JSON_TYPE, "X-CSRFToken": token },
      credentials: "same-origin",
      redirect: "manual",
      keepalive: String(body).length < 30000,
    });
  } catch {
    return { held: "offline" };
  }
  if (response.type === "opaqueredirect") return { held: "out" };
  if (response.status >= 500) return { held: "offline" };
  if (!(response.headers.get("Content-Type") || "").startsWith(JSON_TYPE)) return { held: "stale" };
  return { ok: response.ok, data: await response.json() };
}

// `arrived` and `refused` are told what became of an entry, `idle` that nothing is on its way any more.
export function outboxOf(store, { arrived, refused, idle = () => {} }) {
  let memory = [];
  let inFlight = null;
  let draining = null;
  let failures = 0;
  let trouble = "";
  let retry = 0;
  const tried = new Set();
  // Two tabs share the list; where the browser can, only one sends.
  const alone = (work) => navigator.locks ? navigator.locks.request(store, work) : work();

  const box = {
    all() {
      try { return JSON.parse(localStorage.getItem(store)) || []; } catch { return memory; }
    },
    keep(entries) {
      memory = entries;
      try { localStorage.setItem(store, JSON.stringify(entries)); } catch { /* private window: lasts for this page */ }
      box.show();
    },
    add(entry) {
      // A later note on the same record takes the place of the earlier one; decisions stand each for themselves.
      box.keep([...box.all().filter((one) => one.key !== entry.key), { ...entry, stamp: Date.now() + Math.random() }]);
      box.drain();
    },
    remove(entry) { box.keep(box.all().filter((one) => one.key !== entry.key || one.stamp !== entry.stamp)); },
    dropNote(record) { box.keep(box.all().filter((one) => one.key !== `note:${record}` || one.stamp === inFlight)); },
    decided() { return box.all().filter((one) => one.kind === "decision"); },
    // Whether the server may already know of it.
    wasTried(entry) { return tried.has(entry.stamp); },
    show() {
      const count = trouble ? box.all().length : 0;
      for (const badge of document.querySelectorAll("#main [data-unsent]")) {
        badge.hidden = !count;
        badge.textContent = `${count} unsent`;
      }
    },
    drain() {
      clearTimeout(retry);
      draining ??= alone(sendAll).finally(() => {
        draining = null;
        box.show();
        if (box.all().length && !trouble) box.drain(); // something came in while the last one went out
        else idle();
      });
      return draining;
    },
    hold(why) {
      const first = !trouble;
      trouble = why;
      if (why === "offline") retry = setTimeout(box.drain, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
      if (!first) return;
      if (why === "offline") say("warning", "The server cannot be reached", "Go on reading: your decisions are kept in this browser and will be sent when it answers.");
      else say("error", why === "out" ? "You are logged out" : "This page is out of date", "What you decided is kept in this browser. Load the page again, and it will be sent.");
    },
  };

  async function sendAll() {
    for (let entry = box.all()[0]; entry; entry = box.all()[0]) {
      inFlight = entry.stamp;
      tried.add(entry.stamp);
      const answer = await post(entry.url, entry.body);
      inFlight = null;
      if (answer.held) { box.hold(answer.held); return; }
      trouble = "";
      failures = 0;
      box.remove(entry);
      if (answer.ok) arrived(entry, answer.data);
      else {
        say("error", answer.data.title || "This was not saved", [answer.data.message, entry.title].filter(Boolean).join(" – "));
        await refused(entry);
      }
    }
  }

  window.addEventListener("online", box.drain);
  return box;
}
