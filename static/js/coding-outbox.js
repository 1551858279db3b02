// What waits to be sent from the coding desk: in order, kept in this browser for this person and review until it is answered.

const RETRY_MS = [1000, 2000, 5000, 10000, 30000];
const JSON_TYPE = "application/json";

// Sends a form. `held` says why it could not be delivered; otherwise the server answered and `ok` tells how.
export async function post(url, body, token) {
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
  if (!(response.headers.get("Content-Type") || "").startsWith(JSON_TYPE)) return response.status === 404 ? { ok: false, data: { title: "It is not there any more", message: "Nothing was changed." } } : { held: "stale" };
  return { ok: response.ok, data: await response.json() };
}

export class Outbox {
  constructor(store, token, { arrived, refused, held, changed }) {
    Object.assign(this, { store, token, arrived, refused, held, changed, memory: [], inFlight: null, running: null, failures: 0, trouble: "", retry: 0 });
  }

  all() {
    try { return JSON.parse(localStorage.getItem(this.store)) || []; } catch { return this.memory; }
  }

  keep(entries) {
    this.memory = entries;
    try { localStorage.setItem(this.store, JSON.stringify(entries)); } catch { /* private window: lasts for this page */ }
    this.changed();
  }

  add(entry) {
    this.keep([...this.all(), { ...entry, stamp: Date.now() + Math.random() }]);
    return this.drain();
  }

  remove(entry) { this.keep(this.all().filter((one) => one.stamp !== entry.stamp)); }

  // What never left this browser is simply taken back.
  takeBackLast() {
    const last = this.all().at(-1);
    if (!last || last.stamp === this.inFlight || last.tried) return null;
    this.remove(last);
    return last;
  }

  drain() {
    clearTimeout(this.retry);
    this.running ??= this.alone().finally(() => {
      this.running = null;
      this.changed();
      if (this.all().length && !this.trouble) this.drain(); // something came in while the last one went out
    });
    return this.running;
  }

  // Two windows share the list; where the browser can, only one sends.
  alone() { return navigator.locks ? navigator.locks.request(this.store, () => this.sendAll()) : this.sendAll(); }

  async sendAll() {
    for (let entry = this.all()[0]; entry; entry = this.all()[0]) {
      this.inFlight = entry.stamp;
      if (this.trouble && !entry.tried) this.mark(entry);
      const answer = await post(entry.url, entry.body, this.token());
      this.inFlight = null;
      if (answer.held) { this.hold(answer.held); return; }
      this.trouble = "";
      this.failures = 0;
      this.remove(entry);
      if (answer.ok) this.arrived(entry, answer.data);
      else this.refused(entry, answer.data);
    }
  }

  // An answer may have been lost on the way back: such an act is sent again rather than taken back.
  mark(entry) { this.keep(this.all().map((one) => one.stamp === entry.stamp ? { ...one, tried: true } : one)); }

  hold(why) {
    const first = !this.trouble;
    this.trouble = why;
    const entry = this.all()[0];
    if (entry && !entry.tried) this.mark(entry);
    if (why === "offline") this.retry = setTimeout(() => this.drain(), RETRY_MS[Math.min(this.failures++, RETRY_MS.length - 1)]);
    if (first) this.held(why);
  }
}
