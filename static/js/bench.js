// The appraisal bench and the comparison: answers save themselves, keys give and walk them. Without this script every
// question is a plain form with a button.

const list = document.querySelector(".questions:not(.preview), .compared");
const saved = document.querySelector("[data-saved]");
const bench = document.getElementById("bench");
const WAIT_MS = 900;
const RETRY_MS = 4000;
document.documentElement.classList.add("js");

const say = (kind, title, text = "") => document.dispatchEvent(new CustomEvent("toast", { detail: { kind, title, text } }));
const tell = (text) => { if (saved) saved.textContent = text; };

// --- Saving: one request at a time for each question, the last state of the form wins -----------------------------------
const waiting = new Map();
const busy = new Set();
const unsent = new Set();

function later(form, wait) {
  clearTimeout(waiting.get(form));
  unsent.add(form);
  tell("…");
  waiting.set(form, setTimeout(() => send(form), wait));
}

// In a row, so that the last answer to come back is the one that knows of all.
let row = Promise.resolve();
function send(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  unsent.add(form);
  row = row.then(() => deliver(form));
  return row;
}

async function deliver(form) {
  if (!unsent.has(form)) return; // what stood in it went out with an earlier turn
  unsent.delete(form);
  busy.add(form);
  let response;
  try {
    response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      redirect: "manual",
    });
  } catch { /* no network: told below */ }
  busy.delete(form);
  if (!response || response.status >= 500 || response.type === "opaqueredirect") {
    tell("Not saved yet: the server cannot be reached");
    later(form, RETRY_MS);
    return;
  }
  const said = (response.headers.get("Content-Type") || "").startsWith("application/json") ? await response.json() : {};
  if (response.ok) kept(form, said);
  else if (response.status === 409 && said.theirs) stale(form, said);
  else { tell("Not saved"); say("error", said.title || "This was not saved", said.message || "Load the page again; what you wrote stands in the field until then."); }
}

function kept(form, said) {
  form.elements.revision.value = said.revision;
  if (!unsent.size && !busy.size) tell("Saved");
  const count = document.querySelector("[data-count]");
  if (count) count.textContent = `${said.answered} of ${said.questions} answered`;
  const bar = bench?.querySelector("progress");
  if (bar) { bar.value = said.answered; bar.max = said.questions; }
  const shown = [...list.querySelectorAll("[data-item]")].map((one) => Number(one.dataset.item));
  const changed = said.asked.length !== shown.length || said.asked.some((pk) => !shown.includes(pk));
  const gate = Boolean(document.getElementById("gate-reason"));
  // Other questions are asked now, or a gate closed or opened: the page is drawn anew once all is sent.
  if ((changed || said.gate_closed !== gate) && !unsent.size && !busy.size) location.reload();
}

function stale(form, said) {
  const box = form.querySelector(".stale");
  const theirs = said.theirs;
  box.replaceChildren();
  const title = document.createElement("strong");
  title.textContent = said.title;
  const text = document.createElement("p");
  const value = theirs.lines.join("; ") || "no answer";
  const quotation = theirs.quotation && `“${theirs.quotation}”${theirs.page && `, p. ${theirs.page}`}`;
  text.textContent = `There it says: ${[value, theirs.comment, quotation].filter(Boolean).join(" – ")}. What you wrote stands in the fields here.`;
  const mine = document.createElement("button");
  mine.type = "button";
  mine.className = "button small";
  mine.textContent = "Keep what stands here";
  mine.addEventListener("click", () => { form.elements.revision.value = theirs.revision; box.hidden = true; send(form); });
  const other = document.createElement("button");
  other.type = "button";
  other.className = "button small";
  other.textContent = "Take the other";
  other.addEventListener("click", () => location.reload());
  box.append(title, text, mine, " ", other);
  box.hidden = false;
  tell("Changed in another window");
}

for (const form of document.querySelectorAll("form[data-question]")) {
  form.addEventListener("input", () => later(form, WAIT_MS));
  form.addEventListener("change", (event) => { if (/^(radio|checkbox|date)$/.test(event.target.type)) send(form); });
  form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
}
for (const form of document.querySelectorAll("#finish")) {
  form.addEventListener("submit", async (event) => {
    if (!unsent.size && !busy.size) return;
    event.preventDefault();
    await Promise.all([...unsent].map(send));
    const wait = () => unsent.size || busy.size ? setTimeout(wait, 50) : form.submit();
    wait();
  });
}
addEventListener("beforeunload", (event) => { if (unsent.size || busy.size) event.preventDefault(); });

// --- One question at a time ----------------------------------------------------------------------------------------------
const single = document.querySelector("[data-single]");
if (single && list?.matches(".questions")) {
  single.hidden = false;
  const set = (on) => {
    single.setAttribute("aria-pressed", on);
    list.toggleAttribute("data-single", on);
    if (on && !list.querySelector(".current")) go(list.querySelector("[data-item]"));
    try { localStorage.setItem("tandem-bench-single", on ? "1" : ""); } catch { /* private window */ }
  };
  single.addEventListener("click", () => set(single.getAttribute("aria-pressed") !== "true"));
  try { if (localStorage.getItem("tandem-bench-single")) set(true); } catch { /* private window */ }
}

// --- Keys ----------------------------------------------------------------------------------------------------------------
const items = () => [...list.querySelectorAll("[data-item]")];
const current = () => document.activeElement?.closest?.("[data-item]") || list.querySelector(".current") || items()[0];
const writes = (element) => /^(TEXTAREA|SELECT)$/.test(element?.tagName) || element?.tagName === "INPUT" && !/^(radio|checkbox)$/.test(element.type);

function go(item) {
  if (!item) return;
  for (const one of list.querySelectorAll(".current")) one.classList.remove("current");
  item.classList.add("current");
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest", behavior: "instant" });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest?.(".compared form")?.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  if (!list || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  if (writes(document.activeElement)) return;
  const key = event.key.toLowerCase();
  const here = current();
  if (key === "j" || key === "k") {
    const all = items();
    const from = list.querySelector(".current") || document.activeElement.closest?.("[data-item]");
    go(from ? all[all.indexOf(from) + (key === "j" ? 1 : -1)] : all[0]);
  } else if (/^[1-9]$/.test(key)) {
    const choice = here?.querySelectorAll(".answers input:not(:disabled)")[Number(key) - 1];
    if (!choice) return;
    go(here);
    choice.click();
    if (list.matches(".compared")) choice.focus(); // so that Enter sends it
  } else if (key === "c" && here?.querySelector("[data-confirm]")) {
    here.querySelector("[data-confirm]").click();
  } else if (key === "n") {
    const support = here?.querySelector(".support");
    if (!support) return;
    support.open = true;
    go(here);
    support.querySelector("[name=comment]").focus();
  } else if (key === "q") {
    quote(here);
  } else return;
  event.preventDefault();
});

// The words selected in the study, with the page they stand on. The reader tells of what is selected in a PDF.
let picked = null;
document.addEventListener("reader:select", (event) => {
  const parts = event.detail?.parts || [];
  picked = parts.length ? { text: parts.map((part) => part.text).join(" "), page: String(parts[0].page) } : null;
});

function quote(item) {
  const selection = getSelection();
  const inText = selection?.anchorNode?.parentElement?.closest(".bench-record") ? selection.toString().trim() : "";
  const words = picked?.text || inText;
  const support = item?.querySelector(".support");
  if (!words || !support) return;
  support.open = true;
  const form = item.querySelector("form");
  form.elements.quotation.value = words.replace(/\s+/g, " ").trim();
  if (picked) form.elements.page.value = picked.page;
  go(item);
  later(form, 0);
}

// --- The comparison: take one of the answers given -------------------------------------------------------------------------
for (const button of document.querySelectorAll("[data-take]")) {
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.take);
    field.value = button.dataset.value;
    field.focus();
  });
}
// A list is settled entry by entry: a tick brings the entry into the field, taking it away takes it out.
for (const entries of document.querySelectorAll("[data-entries]")) {
  const field = document.getElementById(entries.dataset.entries);
  const lines = () => field.value.split("\n").map((line) => line.trim()).filter(Boolean);
  entries.addEventListener("change", ({ target }) => {
    const rest = lines().filter((line) => line !== target.value);
    field.value = (target.checked ? [...rest, target.value] : rest).join("\n");
  });
  field.addEventListener("input", () => { for (const box of entries.querySelectorAll("input")) box.checked = lines().includes(box.value); });
}
for (const share of document.querySelectorAll("[data-share]")) share.style.setProperty("--share", share.dataset.share);
