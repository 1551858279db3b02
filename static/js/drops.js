// Many PDFs at once: each file goes out by itself, two at a time, and is kept before it is matched. What fails is named and can
// be sent again. Without this script the plain form sends them all together.

const form = document.querySelector("[data-drops]");
const field = form.querySelector("input[type=file]");
const progress = form.querySelector("[data-upload-progress]");
const bar = progress.querySelector("progress");
const said = form.querySelector("[data-upload-said]");
const now = form.querySelector("[data-upload-now]");
const refused = form.querySelector("[data-upload-refused]");
const AT_ONCE = 2;
const TRIES = 3;
const JSON_TYPE = { Accept: "application/json" };
const headers = () => ({ ...JSON_TYPE, "X-CSRFToken": form.querySelector("[name=csrfmiddlewaretoken]").value });

form.querySelector("[data-plain-only]").hidden = true;
form.addEventListener("submit", (event) => { event.preventDefault(); start([...field.files]); });
field.addEventListener("change", () => start([...field.files]));

let busy = false;
addEventListener("beforeunload", (event) => { if (busy) event.preventDefault(); });

async function start(files) {
  if (busy || !files.length) return;
  busy = true;
  field.disabled = true;
  progress.hidden = false;
  refused.replaceChildren();
  bar.max = files.length;
  bar.value = 0;
  said.textContent = `Uploading ${files.length} file${files.length > 1 ? "s" : ""}`;
  const place = await ask(form.action, new FormData());
  if (!place.id) { stop(place.message); return; }
  const waiting = files.values();
  let kept = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const file of waiting) {
      now.textContent = `${bar.value} of ${files.length} · ${file.name}`;
      const body = new FormData();
      body.set("file", file);
      const answer = await ask(place.file, body);
      if (answer.id) kept += 1;
      else refuse(file.name, answer.message);
      bar.value += 1;
    }
  }));
  now.textContent = `${kept} of ${files.length} kept`;
  if (!kept) { stop("No file was kept."); return; }
  const answer = await ask(place.match, new FormData());
  busy = false;
  if (answer.failed) { stop(`The files are kept, but the matching could not be started. ${answer.message}`); return; }
  if (!refused.children.length) { location.assign(place.detail); return; }
  const link = document.createElement("a");
  Object.assign(link, { href: place.detail, className: "button primary", textContent: "See what was matched" });
  now.append(" ", link);
}

// Sends a form; what the server refuses is said in its own words, what could not be delivered is tried again.
async function ask(url, body) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(url, { method: "POST", body, credentials: "same-origin", headers: headers() });
      const data = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
      if (response.status < 500) return response.ok ? data : { failed: true, message: data.message || `The server refused it (${response.status}).` };
    } catch { /* the network: once more */ }
    if (attempt === TRIES) return { failed: true, message: "It could not be sent. Drop it once more." };
    await new Promise((wake) => { setTimeout(wake, 1000 * attempt); });
  }
}

function refuse(name, message) {
  const row = document.createElement("li");
  const file = document.createElement("strong");
  file.dir = "auto";
  file.textContent = name;
  row.append(file, `: ${message || "not kept"}`);
  refused.append(row);
}

function stop(message) {
  busy = false;
  field.disabled = false;
  field.value = "";
  said.textContent = message;
}
