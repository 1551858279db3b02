// The screening desk. A key press is a decision: the next record is shown at once from those held ready, the decision goes
// out behind it. What could not be sent waits in this browser and is sent once; its key lets the server know a repetition.
// Without this script the same page works with plain forms.

import { outboxOf, post, say } from "./outbox.js";

const place = document.getElementById("desk-place");
const main = document.getElementById("main");
const AHEAD = 3;
const SAVE_AFTER_MS = 700;
const SAID = { include: "Included", exclude: "Excluded", maybe: "Maybe" };
const currentForm = () => main.querySelector("form.desk[data-record]");
const idOf = (form) => Number(form?.dataset.record);

// --- What waits to be sent ---------------------------------------------------------------------------------------------
const outbox = place && outboxOf(place.dataset.store, {
  arrived(entry, data) {
    if (data.progress) showFigures(data.progress);
    if (entry.kind === "note" && idOf(currentForm()) === entry.record) showKept("kept");
  },
  async refused(entry) {
    if (entry.kind !== "decision") return;
    exhausted = false;
    const [card] = await fetchCards({ record: entry.record });
    if (card && idOf(currentForm()) !== entry.record) ahead.unshift(card);
  },
  idle() { if (waiting) next(); },
});

// --- Records held ready ----------------------------------------------------------------------------------------------
let ahead = [];
let exhausted = false;
let fetching = null;
let waiting = false;
let lastSaid = "";
let past = []; // records just judged, in case the judgement is taken back before it left
const PAST = 20;

async function fetchCards(query) {
  const address = new URL(place.dataset.cards, location.href);
  for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) address.searchParams.append(name, one);
  const response = await fetch(address, { credentials: "same-origin", redirect: "manual" });
  if (!response.ok) return [];
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  // The page of a full text that comes up first is drawn while the record before it is still being read.
  for (const reader of page.querySelectorAll("tandem-reader")) new Image().src = `${reader.dataset.base}pages/${reader.dataset.page}/?w=${devicePixelRatio > 1 ? 1500 : 700}`;
  return [...page.querySelectorAll("[data-card]")].map((node) => ({
    id: Number(node.dataset.card),
    form: document.importNode(node.querySelector("form.desk"), true),
    document: node.querySelector(".document") && document.importNode(node.querySelector(".document"), true),
  }));
}

const known = () => [idOf(currentForm()), ...ahead.map((card) => card.id), ...outbox.decided().map((entry) => entry.record)].filter(Boolean);

function refill() {
  if (exhausted || fetching || ahead.length >= AHEAD) return;
  fetching = fetchCards({ skip: known() })
    .then((cards) => {
      const held = new Set(known());
      const fresh = cards.filter((card) => !held.has(card.id));
      ahead.push(...fresh);
      exhausted = !cards.length;
    })
    .catch(() => { setTimeout(refill, 2000); })
    .finally(() => { fetching = null; if (waiting) next(); });
}

function next() {
  const card = ahead.shift();
  if (card) show(card);
  else wait();
  refill();
}

function wait() {
  waiting = true;
  hush(currentForm(), true);
  // Everything is judged and everything is sent: the server says what waits elsewhere.
  if (exhausted && !outbox.all().length) location.assign(place.dataset.home);
}

// While nothing stands ready the record just judged stays in sight, and answers no key.
function hush(form, quiet) {
  if (quiet) form.setAttribute("aria-busy", "true");
  else form.removeAttribute("aria-busy");
  for (const part of form.querySelectorAll("button:not(.undo), input, textarea")) part.disabled = quiet;
}

function show(card) {
  hush(card.form, false);
  const old = currentForm();
  const focused = old.contains(document.activeElement) && document.activeElement.value;
  waiting = false;
  ahead = ahead.filter((one) => one.id !== card.id);
  old.replaceWith(card.form);
  if (card.document) main.querySelector(".fulltext > .document").replaceWith(card.document);
  enhance(card.form);
  const pane = card.form.closest(".desk-pane");
  (pane || document.scrollingElement).scrollTop = 0;
  showFigures(figures);
  outbox.show();
  const undo = card.form.querySelector(".undo");
  if (lastSaid) undo.querySelector("[data-last]").textContent = lastSaid;
  if (focused) card.form.querySelector(`.verdicts [value="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

const cardOf = (form) => ({ id: idOf(form), form, document: main.querySelector(".fulltext > .document") });

// Cards held ready come without figures: those of the page, and then those of each answer, hold.
const ofPage = currentForm()?.querySelector(".where progress");
let figures = ofPage && { judged: ofPage.value, total: Number(ofPage.dataset.total) };
function showFigures(fresh) {
  figures = fresh || figures;
  const form = currentForm();
  if (!figures || !form) return;
  form.querySelector("[data-figures]").textContent = `${figures.judged.toLocaleString("en")} of ${figures.total.toLocaleString("en")}`;
  const bar = form.querySelector(".where progress");
  bar.max = figures.total || 1;
  bar.value = figures.judged;
  const note = document.querySelector(".pipeline [aria-current] small"); // "312 of 945 by you · 41 conflicts"
  if (note) note.textContent = note.textContent.replace(/^\s*[\d,]+ of [\d,]+/, form.querySelector("[data-figures]").textContent);
}

// --- Acts --------------------------------------------------------------------------------------------------------------
function decide(form, verdict) {
  if (waiting) return;
  if (form.querySelector("[name=reason]") && verdict === "exclude" && !form.querySelector("[name=reason]:checked")) {
    say("info", "Choose the reason first", "A full text is excluded for exactly one reason: press its number, then E.");
    form.querySelector(".reasons").scrollIntoView({ block: "nearest" });
    return;
  }
  clearTimeout(saver);
  outbox.dropNote(idOf(form));
  const body = bodyOf(form);
  body.set("verdict", verdict);
  const title = form.querySelector(".record :is(h1, h2)").textContent.trim().slice(0, 80);
  lastSaid = `${SAID[verdict]}: ${title.slice(0, 40)}${title.length > 40 ? "…" : ""}`;
  if (location.search) history.replaceState(null, "", place.dataset.home);
  past = [...past, cardOf(form)].slice(-PAST);
  say("decision", SAID[verdict], title);
  outbox.add({ kind: "decision", key: body.get("request_key"), record: idOf(form), url: form.action, body: body.toString(), title });
  next();
}

function bodyOf(form) {
  const body = new URLSearchParams(new FormData(form));
  body.delete("csrfmiddlewaretoken"); // the page's own is sent when it goes out, which may be after a new log-in
  return body;
}

async function undo() {
  document.querySelector(".toast.decision")?.remove(); // it offers what is being done
  const latest = outbox.decided().at(-1);
  if (latest && !outbox.wasTried(latest)) {
    outbox.remove(latest); // it never left this browser
    say("info", "Taken back", latest.title);
    await bring(latest.record, past.find((card) => card.id === latest.record));
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
    say("info", "Taken back", answer.data.words);
    await bring(answer.data.record);
  }
}

async function bring(record, kept) {
  exhausted = false;
  lastSaid = "";
  const card = kept || (await fetchCards({ record }).catch(() => []))[0];
  if (!card) { location.assign(`${place.dataset.home}?record=${record}`); return; }
  const form = currentForm();
  if (!waiting && idOf(form) !== record) ahead.unshift(cardOf(form));
  show(card);
}

async function browse(side) {
  const form = currentForm();
  if (waiting) return;
  flushNote();
  const [card] = await fetchCards({ [side]: idOf(form) }).catch(() => []);
  if (!card) {
    say("info", side === "before" ? "This is the first record of your list" : "This is the last record of your list");
    return;
  }
  if (side === "before" && !form.querySelector('.verdicts [aria-pressed="true"]')) ahead.unshift(cardOf(form));
  show(card);
  history.replaceState(null, "", `${place.dataset.home}?record=${card.id}`);
}

// --- The timer, for those who want one: time on this record, kept nowhere --------------------------------------------------
let since = Date.now();
let ticking = 0;
function startTimer(form) {
  since = Date.now();
  clearInterval(ticking);
  const clock = form.querySelector("[data-timer]");
  if (!clock) return;
  const tick = () => {
    const seconds = Math.floor((Date.now() - since) / 1000);
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  ticking = setInterval(tick, 1000);
  tick();
}

// --- Note and labels save themselves --------------------------------------------------------------------------------------
let saver = 0;
function noteChanged() {
  clearTimeout(saver);
  showKept("…");
  saver = setTimeout(flushNote, SAVE_AFTER_MS, true);
}
function flushNote(due = false) {
  const form = currentForm();
  if (!form || (!due && form.dataset.changed !== "1")) return;
  clearTimeout(saver);
  form.dataset.changed = "";
  const body = bodyOf(form);
  for (const name of ["request_key", "reason", "criterion"]) body.delete(name);
  outbox.add({ kind: "note", key: `note:${idOf(form)}`, record: idOf(form), url: new URL(form.dataset.noteUrl, location.href).href, body: body.toString(), title: "" });
}
function showKept(word) {
  const mark = currentForm()?.querySelector("[data-kept]");
  if (mark) mark.textContent = word;
}

function enhance(form) {
  startTimer(form);
  if (form.dataset.enhanced) return;
  form.dataset.enhanced = "1";
  for (const one of form.querySelectorAll("[data-plain-only]")) one.hidden = true;
  for (const one of form.querySelectorAll("[data-toggle]")) one.dataset.was = one.checked;
  const terms = form.querySelector("[data-switch-highlights]");
  terms.hidden = !form.querySelector("mark");
  terms.setAttribute("aria-pressed", String(main.dataset.highlights !== "off"));
  chips(form.querySelector("[data-labels]"));
}

// A criterion named by mistake is taken off as it was named: a radio button alone cannot.
function toggle(named) {
  if (named.dataset.was === "true") named.checked = false;
  for (const one of named.form.querySelectorAll(`[name="${named.name}"]`)) one.dataset.was = one.checked;
}

// The field of labels becomes a row of labels with a box to add one; its own value stays what is sent.
function chips(field) {
  const list = document.createElement("ul");
  list.className = "labels";
  const box = document.createElement("input");
  for (const name of ["id", "list", "dir"]) { box.setAttribute(name, field.getAttribute(name)); field.removeAttribute(name); }
  Object.assign(box, { placeholder: "Add a label", maxLength: 60, autocomplete: "off" });
  box.dataset.key = field.dataset.key;
  delete field.dataset.key;
  field.type = "hidden";
  field.after(list, box);
  const labels = () => field.value.split(",").map((label) => label.trim()).filter(Boolean);
  const set = (fresh) => { field.value = [...new Set(fresh)].join(", "); draw(); field.form.dataset.changed = "1"; noteChanged(); };
  const offered = field.form.querySelector("[data-offered]"); // the labels of the team, one click each
  if (offered) {
    offered.hidden = false;
    for (const one of offered.children) one.addEventListener("click", () => set([...labels(), one.dataset.addLabel]));
  }
  const draw = () => {
    for (const one of offered?.children ?? []) one.hidden = labels().includes(one.dataset.addLabel);
    list.hidden = !labels().length;
    list.replaceChildren(...labels().map((label) => {
      const chip = document.createElement("li");
      chip.className = "label";
      const words = document.createElement("span");
      words.dir = "auto";
      words.textContent = label;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "×";
      remove.setAttribute("aria-label", `Remove the label ${label}`);
      remove.addEventListener("click", () => set(labels().filter((one) => one !== label)));
      chip.append(words, remove);
      return chip;
    }));
  };
  const add = () => {
    const fresh = box.value.split(",").map((label) => label.trim()).filter(Boolean);
    box.value = "";
    if (!fresh.length) return;
    const options = document.getElementById("known-labels");
    for (const label of fresh) if (![...options.options].some((one) => one.value === label)) options.append(new Option("", label));
    set([...labels(), ...fresh]);
  };
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === ",") { event.preventDefault(); add(); }
    else if (event.key === "Backspace" && !box.value && labels().length) set(labels().slice(0, -1));
  });
  box.addEventListener("change", add);
  draw();
}

// --- What people press ------------------------------------------------------------------------------------------------------
function start() {
  main.addEventListener("submit", (event) => {
    const form = currentForm();
    if (!form) return; // nothing left to judge: the plain forms do
    if (event.target === form) {
      event.preventDefault();
      if (event.submitter?.name === "verdict") decide(form, event.submitter.value);
      else flushNote(true);
    } else if (event.target.id === "undo-form") {
      event.preventDefault();
      undo();
    }
  });
  main.addEventListener("click", (event) => {
    const way = event.target.closest("[data-browse]");
    if (way && currentForm() && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      browse(way.dataset.browse);
    }
    const terms = event.target.closest("[data-switch-highlights]");
    if (terms) {
      main.dataset.highlights = main.dataset.highlights === "off" ? "on" : "off";
      terms.setAttribute("aria-pressed", String(main.dataset.highlights === "on"));
    }
    const named = event.target.closest("[data-toggle]");
    if (named) toggle(named);
  });
  main.addEventListener("input", (event) => {
    if (event.target.name !== "note") return;
    event.target.form.dataset.changed = "1";
    noteChanged();
  });
  window.addEventListener("pagehide", () => flushNote());
  const form = currentForm();
  if (form) {
    enhance(form);
    // A decision that never left this browser stands on the record the server shows: go on to the next one.
    if (outbox.decided().some((entry) => entry.record === idOf(form))) wait();
    refill();
  }
  outbox.drain();
}

if (place) start();
