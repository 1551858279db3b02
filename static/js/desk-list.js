// The reading list: one record is marked and answers the keys of the desk; a decision marks the next. Decisions go out behind
// the reader, by the same outbox as at the desk. Without this script every record is a plain form.

import { outboxOf, post, say } from "./outbox.js";

const place = document.getElementById("list-place");
const main = document.getElementById("main");
const SAID = { include: "Included", exclude: "Excluded", maybe: "Maybe" };
const rows = [...main.querySelectorAll("form.row-record")];
const titleOf = (row) => row.querySelector(".record-title").textContent.trim().slice(0, 80);
const rowOf = (record) => rows.find((row) => row.dataset.record === String(record));
const verdictOf = (row) => row.querySelector('.v[aria-pressed="true"]')?.value || "";
const further = main.querySelector("[data-further]");

const outbox = outboxOf(place.dataset.store, {
  arrived(entry, data) {
    if (data.progress) showFigures(data.progress);
    if (entry.kind === "note") showKept(rowOf(entry.record), "kept");
  },
  refused(entry) {
    const row = rowOf(entry.record);
    if (row && entry.kind === "decision") press(row, entry.before || "");
  },
});

// --- The marked record ---------------------------------------------------------------------------------------------------
let marked = null;
function mark(row, { focus = true } = {}) {
  if (!row || row === marked) return;
  if (marked) {
    saveNote(marked);
    marked.removeAttribute("aria-current");
    for (const one of marked.querySelectorAll("[data-row-key]")) delete one.dataset.key;
  }
  marked = row;
  row.setAttribute("aria-current", "true");
  for (const one of row.querySelectorAll("[data-row-key]")) one.dataset.key = one.dataset.rowKey;
  showNamed(row);
  if (!focus) return;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "start" });
}

function step(by) {
  const row = rows[rows.indexOf(marked) + by];
  if (row) mark(row);
  else if (by > 0) end();
  else say("info", "This is the first record of this page");
}

// Behind the last record: the way on is one Enter away.
function end() {
  if (further) { further.focus(); further.scrollIntoView({ block: "nearest" }); }
  else say("info", "This is the last record of your list");
}

// --- Acts ------------------------------------------------------------------------------------------------------------------
function decide(row, verdict) {
  const body = bodyOf(row);
  body.set("verdict", verdict);
  const entry = { kind: "decision", key: body.get("request_key"), record: Number(row.dataset.record), url: row.action, body: body.toString(), title: titleOf(row), before: verdictOf(row) };
  row.elements.request_key.value = newKey(); // a change of mind is a decision of its own
  row.dataset.changed = "";
  outbox.dropNote(entry.record);
  press(row, verdict);
  say("decision", SAID[verdict], entry.title);
  main.querySelector(".undo").disabled = false;
  outbox.add(entry);
  const next = rows.slice(rows.indexOf(row) + 1).find((one) => !verdictOf(one));
  if (next) mark(next);
  else end();
}

function press(row, verdict) {
  for (const button of row.querySelectorAll(".v")) button.setAttribute("aria-pressed", String(button.value === verdict));
  row.classList.toggle("judged", Boolean(verdict));
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is missing on plain http
  bytes[6] = bytes[6] & 0x0f | 0x40;
  bytes[8] = bytes[8] & 0x3f | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function bodyOf(row) {
  const body = new URLSearchParams(new FormData(row));
  for (const name of ["csrfmiddlewaretoken", "list"]) body.delete(name);
  return body;
}

async function undo() {
  document.querySelector(".toast.decision")?.remove(); // it offers what is being done
  const unsent = outbox.decided().at(-1);
  if (unsent && !outbox.wasTried(unsent)) {
    outbox.remove(unsent); // it never left this browser
    takenBack(unsent.record, unsent.title);
    return;
  }
  await outbox.drain();
  if (outbox.decided().length) {
    say("warning", "Not possible just now", "The decision is still on its way to the server.");
    return;
  }
  const answer = await post(place.dataset.undo, new URLSearchParams({ stage: place.dataset.stage }));
  if (answer.held) outbox.hold(answer.held);
  else if (!answer.ok) say("error", answer.data.title, answer.data.message);
  else {
    showFigures(answer.data.progress);
    takenBack(answer.data.record, answer.data.words);
  }
}

function takenBack(record, words) {
  const row = rowOf(record);
  if (!row) { location.assign(`${place.dataset.desk}?record=${record}`); return; }
  say("info", "Taken back", words);
  press(row, "");
  mark(row);
}

// --- Notes and criteria of a row -----------------------------------------------------------------------------------------
function saveNote(row) {
  if (row.dataset.changed !== "1") return;
  row.dataset.changed = "";
  showKept(row, "…");
  const body = bodyOf(row);
  for (const name of ["request_key", "criterion"]) body.delete(name);
  outbox.add({ kind: "note", key: `note:${row.dataset.record}`, record: Number(row.dataset.record), url: new URL(row.dataset.noteUrl, location.href).href, body: body.toString(), title: "" });
}
function showKept(row, word) {
  const sign = row?.querySelector("[data-kept]");
  if (sign) sign.textContent = word;
}
function nameCriterion(criterion) {
  const choice = marked?.elements.criterion;
  if (!choice) return;
  choice.value = choice.value === criterion ? "" : criterion;
  showNamed(marked);
}
function showNamed(row) {
  const choice = row.elements.criterion;
  if (!choice) return;
  row.querySelector("[data-named]").textContent = choice.value ? `Rests on ${choice.selectedOptions[0].textContent}` : "";
  for (const one of main.querySelectorAll("[data-criterion]")) one.setAttribute("aria-pressed", String(row === marked && one.dataset.criterion === choice.value));
}

function showFigures(figures) {
  main.querySelector("[data-figures]").textContent = `${figures.judged.toLocaleString("en")} of ${figures.total.toLocaleString("en")}`;
  const bar = main.querySelector(".where progress");
  bar.max = figures.total || 1;
  bar.value = figures.judged;
}

// --- What people press -------------------------------------------------------------------------------------------------------
main.addEventListener("submit", (event) => {
  const row = event.target;
  if (row.id === "undo-form") { event.preventDefault(); undo(); }
  if (!row.matches("form.row-record")) return;
  event.preventDefault();
  mark(row, { focus: false });
  if (event.submitter?.name === "verdict") decide(row, event.submitter.value);
  else { row.dataset.changed = "1"; saveNote(row); }
});
main.addEventListener("click", (event) => {
  const way = event.target.closest("[data-step]");
  if (way) step(Number(way.dataset.step));
  const criterion = event.target.closest("[data-criterion]");
  if (criterion) nameCriterion(criterion.dataset.criterion);
  const terms = event.target.closest("[data-switch-highlights]");
  if (terms) {
    main.dataset.highlights = main.dataset.highlights === "off" ? "on" : "off";
    terms.setAttribute("aria-pressed", String(main.dataset.highlights === "on"));
  }
  // What was left undecided above comes back there; what was judged needs no mention in the address.
  if (event.target.closest("[data-further]")) {
    const address = new URL(further.href);
    const here = new URLSearchParams(location.search).getAll("skip");
    address.searchParams.delete("skip");
    for (const record of [...here, ...rows.filter((row) => !verdictOf(row)).map((row) => row.dataset.record)]) address.searchParams.append("skip", record);
    further.href = address.href;
  }
});
// The key of the note opens the fold that holds it.
document.addEventListener("keydown", (event) => {
  const note = marked?.elements.note;
  if (note && event.key.toLowerCase() === note.dataset.key && document.activeElement?.matches?.("body, form, button, a, main, summary")) marked.querySelector("details").open = true;
}, true);
main.addEventListener("focusin", (event) => { const row = event.target.closest("form.row-record"); if (row) mark(row, { focus: false }); });
main.addEventListener("input", (event) => {
  const row = event.target.closest("form.row-record");
  if (row && ["note", "labels"].includes(event.target.name)) row.dataset.changed = "1";
  if (row && event.target.name === "criterion") showNamed(row);
});
main.addEventListener("focusout", (event) => { const row = event.target.closest("form.row-record"); if (row) saveNote(row); });
window.addEventListener("pagehide", () => { if (marked) saveNote(marked); });

for (const one of main.querySelectorAll("[data-step]")) one.hidden = !rows.length;
for (const one of main.querySelectorAll("[data-plain-only]")) one.hidden = true;
const terms = main.querySelector("[data-switch-highlights]");
if (terms) terms.hidden = !main.querySelector(".reading-list mark");
// What was decided in this browser and has not been sent stands as it will be.
for (const entry of outbox.decided()) {
  const row = rowOf(entry.record);
  if (row) press(row, new URLSearchParams(entry.body).get("verdict"));
}
mark(rows.find((row) => !verdictOf(row)), { focus: false });
outbox.drain();
