// The coding desk. The text stands in numbered lines; places in it are code points, as the server counts them, while the
// browser counts UTF-16 units: only `unitOf` and `pointOf` know both. What is done goes out in order and waits in this browser
// while the server cannot be reached; until it is answered a coding is drawn in outline.
// Without this script the text is read and coded by line numbers.

import { Outbox, post } from "./coding-outbox.js";

const desk = document.getElementById("coding");
const text = document.getElementById("text");
const state = JSON.parse(document.getElementById("coding-state").textContent);
const token = () => document.querySelector("#coding-token [name=csrfmiddlewaretoken]").value;
const find = (id) => document.getElementById(id);
const say = (kind, title, more = "") => document.dispatchEvent(new CustomEvent("toast", { detail: { kind, title, text: more } }));
const make = (tag, className = "", content = "") => Object.assign(document.createElement(tag), { className, textContent: content });
const writes = (element) => element?.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element?.tagName) && !/^(checkbox|radio|button|submit)$/.test(element.type);
const mayCode = Boolean(state.layer);

// --- Places ----------------------------------------------------------------------------------------------------------
const lines = [...text.querySelectorAll("li[data-s]")].map((li, index) => {
  const node = li.querySelector(".t").firstChild;
  const [start, end] = [Number(li.dataset.s), Number(li.dataset.e)];
  return { li, node, index, start, end, number: li.value, margin: li.querySelector(".m"), plain: node.length === end - start };
});
const lineOf = new Map(lines.map((line) => [line.li, line]));
const length = lines.at(-1).end;

function lineAt(place) {
  let [low, high] = [0, lines.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lines[middle].start <= place) low = middle; else high = middle - 1;
  }
  return lines[low];
}
function unitOf(line, place) {
  const points = Math.max(0, Math.min(place, line.end) - line.start);
  if (line.plain) return points;
  let unit = 0;
  for (let i = 0; i < points; i++) unit += line.node.data.codePointAt(unit) > 0xffff ? 2 : 1;
  return unit;
}
const pointOf = (line, unit) => line.start + (line.plain ? unit : [...line.node.data.slice(0, unit)].length);

// Where a boundary of the browser's selection stands: in a line's text, else before or behind the text of the line next to it.
function placeOf(node, unit) {
  const near = lineOf.get((node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).closest("li[data-s]"));
  if (near && node === near.node) return pointOf(near, unit);
  const range = document.createRange();
  for (const line of near ? [near] : lines) {
    range.selectNodeContents(line.node);
    if (range.comparePoint(node, unit) < 0) return line.start;
    if (near) return line.end;
  }
  return length;
}
function pieces(start, end) { // the parts of a stretch, line by line
  const found = [];
  for (let i = lineAt(start).index; i < lines.length && lines[i].start < end; i++) {
    const line = lines[i];
    const [from, to] = [Math.max(start, line.start), Math.min(end, line.end)];
    if (from < to) found.push({ line, range: new StaticRange({ startContainer: line.node, startOffset: unitOf(line, from), endContainer: line.node, endOffset: unitOf(line, to) }) });
  }
  return found;
}
const wordsOf = (start, end) => pieces(start, end).map(({ range }) => range.startContainer.data.slice(range.startOffset, range.endOffset)).join(" ");
const overlaps = (one, line) => one.start < line.end && line.start < one.end;

// --- Selection: an anchor and a focus, kept while the code box has the keyboard -----------------------------------------
let selection = { anchor: lines[0].start, focus: lines[0].start };
let armed = null; // a code that is put on whatever is selected next
let inHand = null; // the coding that keys act on

const ordered = () => [Math.min(selection.anchor, selection.focus), Math.max(selection.anchor, selection.focus)];
const isCollapsed = () => trimmed().length === 0;
function trimmed() { // without white space at the ends; empty when there are no letters in it
  const parts = pieces(...ordered());
  let [start, end] = [null, null];
  for (const { line, range } of parts) {
    const words = line.node.data.slice(range.startOffset, range.endOffset);
    if (!words.trim()) continue;
    start ??= pointOf(line, range.startOffset + words.length - words.trimStart().length);
    end = pointOf(line, range.startOffset + words.trimEnd().length);
  }
  return start === null ? [] : [start, end];
}
function target() { // what an act is about: the selection, or else the line
  const span = trimmed();
  const line = lineAt(selection.focus);
  return span.length ? span : [line.start, line.end];
}

document.addEventListener("selectionchange", () => {
  if (writes(document.activeElement)) return;
  const native = getSelection();
  if (!native.rangeCount || !text.contains(native.anchorNode) || !text.contains(native.focusNode)) return;
  selection = { anchor: placeOf(native.anchorNode, native.anchorOffset), focus: placeOf(native.focusNode, native.focusOffset) };
  paintSelection();
});
text.addEventListener("pointerup", () => setTimeout(() => { if (armed && !isCollapsed()) apply(armed); }));

function select(anchor, focus, { scroll = true } = {}) {
  selection = { anchor, focus };
  const [from, to] = [lineAt(anchor), lineAt(focus)];
  if (!writes(document.activeElement)) getSelection().setBaseAndExtent(from.node, unitOf(from, anchor), to.node, unitOf(to, focus));
  if (scroll) to.li.scrollIntoView({ block: "nearest" });
  paintSelection();
  tell();
}
let telling = 0;
function tell() { // for those who hear the page
  clearTimeout(telling);
  telling = setTimeout(() => {
    const line = lineAt(selection.focus);
    const span = trimmed();
    find("told").textContent = span.length ? `Selected: ${wordsOf(...span).slice(0, 200)}` : `Line ${line.number}: ${line.node.data}`;
  }, 150);
}

const tokens = new Map();
function wordsIn(line) {
  if (!tokens.has(line)) {
    const parts = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(line.node.data) && Intl.Segmenter
      ? [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(line.node.data)].filter((one) => one.isWordLike).map((one) => [one.index, one.index + one.segment.length])
      : [...line.node.data.matchAll(/\S+/gu)].map((one) => [one.index, one.index + one[0].length]);
    tokens.set(line, parts.map(([from, to]) => [pointOf(line, from), pointOf(line, to)]));
  }
  return tokens.get(line);
}
function* wordsFrom(line, step) { // words of this line and of those behind (or before) it
  for (let i = line.index; lines[i]; i += step) yield* step > 0 ? wordsIn(lines[i]) : wordsIn(lines[i]).toReversed();
}
const firstWhere = (found, fits) => { for (const one of found) if (fits(one)) return one; return null; };

function byWord(step, extend) {
  const { anchor, focus } = selection;
  const from = lineAt(focus);
  const word = firstWhere(wordsFrom(from, step), ([start, end]) => step > 0 ? (extend ? end : start) > focus : start < focus);
  const place = word ? (step > 0 && extend ? word[1] : word[0]) : (step > 0 ? length : 0);
  select(extend ? anchor : place, place);
}
function byLine(step, extend) {
  const { anchor, focus } = selection;
  const line = lineAt(focus);
  if (!extend) { const there = lines[line.index + step] || line; select(there.start, there.start); return; }
  if (step > 0) { select(anchor, (lines.slice(line.index).find((one) => one.end > focus) || line).end); return; }
  const before = lines[line.index - 1];
  select(anchor, focus > line.start ? (anchor < line.start && before ? before.end : line.start) : before ? before.start : line.start);
}
function byLetter(step) {
  const line = lineAt(selection.focus);
  select(selection.anchor, Math.max(0, Math.min(length, selection.focus + step === line.start - 1 && lines[line.index - 1] ? lines[line.index - 1].end : selection.focus + step)));
}
function sentence() {
  const at = lineAt(selection.focus);
  let [first, last] = [at.index, at.index];
  while (first > 0 && !lines[first].li.classList.contains("par")) first--;
  while (lines[last + 1] && !lines[last + 1].li.classList.contains("par")) last++;
  let all = "";
  const begins = lines.slice(first, last + 1).map((line) => { const begin = all.length; all += `${line.node.data} `; return [line, begin]; });
  const placeIn = (unit) => { const [line, begin] = begins.findLast(([, start]) => start <= unit); return pointOf(line, Math.min(unit - begin, line.node.length)); };
  const cursor = begins.find(([line]) => line === at)[1] + unitOf(at, selection.focus);
  const parts = Intl.Segmenter ? [...new Intl.Segmenter(text.lang || undefined, { granularity: "sentence" }).segment(all)] : [{ index: 0, segment: all }];
  const found = parts.find((one) => one.index <= cursor && cursor < one.index + one.segment.length) || parts.at(-1);
  select(placeIn(found.index), placeIn(found.index + found.segment.trimEnd().length));
}

// --- Drawing -----------------------------------------------------------------------------------------------------------
const codes = new Map(state.codes.map((code) => [code.id, code]));
const codings = new Map(state.codings.map((coding) => [coding.id, coding]));
const asides = new Map(state.aside.map((aside) => [aside.id, aside]));
const hiddenLayers = new Set(state.layer === "agreed" || state.codings.some((one) => one.layer === "agreed") ? state.people.map((_, key) => String(key)) : []);
const layerOf = (coding) => coding.layer === "agreed" ? "agreed" : String(coding.by);
const shade = (code) => `k${parseInt(code.slice(-2), 16) % 8}`;
const nameOf = (coding) => codes.get(coding.code)?.name || coding.name;
const isMine = (coding) => state.layer === "agreed" ? coding.layer === "agreed" : coding.mine;
const waiting = () => outbox.all().filter((entry) => entry.draw && entry.text === desk.dataset.text);
const shown = () => [
  ...[...codings.values()].filter((coding) => !hiddenLayers.has(layerOf(coding))),
  ...waiting().map((entry) => ({ id: "", code: entry.draw.code || "00", name: entry.draw.name, start: entry.draw.start, end: entry.draw.end, mine: true, unsent: true })),
];
const MOST_LANES = 6;

function draw() {
  const all = shown().sort((a, b) => a.start - b.start || b.end - a.end || (a.id < b.id ? -1 : 1));
  const ends = [];
  const at = lines.map(() => ({ lanes: [], names: [], asides: [] }));
  for (const coding of all) {
    let lane = ends.findIndex((end) => end <= coding.start);
    if (lane < 0) lane = Math.min(ends.length, MOST_LANES - 1);
    ends[lane] = lineAt(coding.end - 1).end; // a bracket takes whole lines, so the next one in its lane begins below
    const first = lineAt(coding.start).index;
    for (let i = first; lines[i] && lines[i].start < coding.end; i++) at[i].lanes.push({ lane, coding, begins: i === first, ends: lines[i].end >= coding.end });
    at[first].names.push(coding);
  }
  for (const aside of asides.values()) for (let i = lineAt(aside.start).index; lines[i] && lines[i].start < aside.end; i++) at[i].asides.push(aside);
  const touched = [...codings.values(), ...asides.values()].filter((one) => state.layer === "agreed" || one.mine);
  const read = new Set();
  for (const one of touched) for (let i = lineAt(one.start).index; lines[i] && lines[i].start < one.end; i++) if (overlaps(one, lines[i])) read.add(i);
  for (const line of lines) drawLine(line, at[line.index], read.has(line.index));
  const percent = Math.floor(100 * read.size / lines.length);
  find("meter").value = read.size;
  find("meter-percent").textContent = `${percent} %`;
  paintCodes(all);
  drawBank();
  drawInHand();
  drawLayers();
}
function drawLine(line, { lanes, names, asides: aside }, read) {
  line.li.classList.toggle("read", read);
  const drawn = JSON.stringify([lanes.map(({ lane, coding, begins, ends }) => [lane, coding.code, begins, ends]), names.map((one) => [one.id, nameOf(one), one.contrary, one.by, one.id && one.id === inHand]), aside.map((one) => one.id)]);
  if (line.drawn === drawn) return;
  line.drawn = drawn;
  const bars = make("span", "lanes");
  for (const { lane, coding, begins, ends } of lanes) {
    const bar = make("i", `${shade(coding.code)}${begins ? " begins" : ""}${ends ? " ends" : ""}`);
    bar.style.setProperty("--lane", lane);
    ownColour(bar, coding.code);
    bars.append(bar);
  }
  line.margin.replaceChildren(bars, ...names.map(nameButton), ...aside.slice(0, 1).map((one) => asideButton(one)));
}
function ownColour(element, code) {
  const colour = codes.get(code)?.colour;
  if (colour) element.style.setProperty("--k", colour);
}
function nameButton(coding) {
  const button = make("button", `name ${shade(coding.code)}${coding.unsent ? " unsent" : ""}${coding.contrary ? " contrary" : ""}`, nameOf(coding));
  button.type = "button";
  button.dir = "auto";
  button.dataset.coding = coding.id;
  button.setAttribute("aria-pressed", String(Boolean(coding.id) && coding.id === inHand));
  ownColour(button, coding.code);
  if (coding.contrary) button.append(make("small", "", " contrary"));
  if (coding.layer === "own" && !coding.mine) button.append(make("small", "", ` ${state.people[coding.by]}`));
  return button;
}
function asideButton(aside) {
  const button = make("button", "name none", aside.mine ? "nothing here" : `nothing here (${state.people[aside.by]})`);
  Object.assign(button, { type: "button", disabled: !mayCode || !(aside.mine || state.layer === "agreed"), title: "Take it up again" });
  button.dataset.aside = aside.id;
  return button;
}
function paint(name, spans) {
  if (!globalThis.Highlight) return;
  const ranges = spans.flatMap(({ start, end }) => pieces(start, end).map(({ range }) => range));
  if (ranges.length) CSS.highlights.set(name, new Highlight(...ranges)); else CSS.highlights.delete(name);
}
function paintCodes(all) {
  for (let shadeNumber = 0; shadeNumber < 8; shadeNumber++) paint(`coded-${shadeNumber}`, all.filter((one) => shade(one.code) === `k${shadeNumber}`));
  paint("in-hand", inHand && codings.has(inHand) ? [codings.get(inHand)] : []);
}
let cursorLine = null;
function paintSelection() {
  const line = lineAt(selection.focus);
  if (cursorLine !== line) { cursorLine?.li.classList.remove("at"); line.li.classList.add("at"); cursorLine = line; }
  const span = trimmed();
  paint("chosen", span.length ? [{ start: span[0], end: span[1] }] : []);
  const word = wordsIn(line).find(([start]) => start >= selection.focus);
  paint("caret", !span.length && word ? [{ start: word[0], end: word[1] }] : []);
  const bar = find("selbar");
  if (bar) bar.hidden = false;
}
function drawLayers() {
  const place = find("layers");
  const kinds = new Set([...codings.values()].map(layerOf));
  place.hidden = kinds.size < 2 && !kinds.has("agreed");
  if (place.hidden || place.dataset.drawn === state.people.join("|")) return;
  place.dataset.drawn = state.people.join("|");
  place.replaceChildren(...[["agreed", "Agreed"], ...state.people.map((name, key) => [String(key), `${name}${name === "You" ? "r own reading" : ""}`])].filter(([key]) => key !== "agreed" || kinds.has("agreed")).map(([key, name]) => {
    const label = make("label", "check");
    const box = Object.assign(make("input"), { type: "checkbox", checked: !hiddenLayers.has(key) });
    box.addEventListener("change", () => { if (box.checked) hiddenLayers.delete(key); else hiddenLayers.add(key); draw(); });
    label.append(box, ` ${name}`);
    return label;
  }));
}

// --- The bank: all codes, those used last, the coding in hand -----------------------------------------------------------
const recentStore = `${desk.dataset.store}:recent`;
const recent = () => { try { return (JSON.parse(localStorage.getItem(recentStore)) || []).filter((id) => codes.has(id)); } catch { return []; } };
function remember(id) { try { localStorage.setItem(recentStore, JSON.stringify([id, ...recent().filter((one) => one !== id)].slice(0, 9))); } catch { /* private window */ } }
function counts() {
  const here = new Map();
  for (const coding of codings.values()) if (coding.layer === "agreed" || !codingsAreAgreed()) here.set(coding.code, (here.get(coding.code) || 0) + 1);
  return (id) => {
    const [elsewhere, studies, sameStudy] = state.elsewhere[id] || [0, 0, 0];
    const local = here.get(id) || 0;
    return [elsewhere + local, studies + (local || sameStudy ? 1 : 0)];
  };
}
const codingsAreAgreed = () => state.layer === "agreed" || [...codings.values()].some((one) => one.layer === "agreed");
const inStudies = ([count, studies]) => count ? `${count} · ${studies} ${studies === 1 ? "study" : "studies"}` : "not used yet";
function inTree() { // codes in the order of the tree, with their depth
  const children = new Map();
  for (const code of codes.values()) children.set(codes.has(code.parent) ? code.parent : null, [...(children.get(codes.has(code.parent) ? code.parent : null) || []), code]);
  const rows = [];
  const walk = (parent, depth) => { for (const code of (children.get(parent) || []).sort((a, b) => a.name.localeCompare(b.name))) { rows.push([code, depth]); walk(code.id, depth + 1); } };
  walk(null, 0);
  return rows;
}
function codeButton(code, count, depth = 0) {
  const button = make("button", `bank-code ${shade(code.id)}`);
  Object.assign(button, { type: "button", title: code.definition || code.name });
  button.dataset.code = code.id;
  button.style.setProperty("--depth", depth);
  button.setAttribute("aria-pressed", String(armed?.id === code.id));
  ownColour(button, code.id);
  const name = make("span", "", code.name);
  name.dir = "auto";
  button.append(make("i"), name, make("small", "", String(count[0])));
  button.setAttribute("aria-label", `${code.name}, ${inStudies(count)}${code.own ? ", seen by you alone" : ""}`);
  return button;
}
function drawBank() {
  const asked = find("bank-search").value.trim().toLowerCase();
  const count = counts();
  const rows = asked ? matching(asked).map((code) => [code, 0]) : inTree();
  find("bank-list").replaceChildren(...rows.map(([code, depth]) => { const item = make("li"); item.append(codeButton(code, count(code.id), depth)); return item; }));
  if (!rows.length) find("bank-list").append(make("li", "soft", codes.size ? "No code of that name." : "No code yet. The first one comes with the first coding."));
  find("bank-count").textContent = codes.size;
  const last = recent();
  find("recent").hidden = !last.length || Boolean(asked) || !mayCode;
  find("recent").replaceChildren(...last.map((id) => { const item = make("li"); item.append(codeButton(codes.get(id), count(id))); return item; }));
}
function matching(asked) {
  const rank = (name) => name === asked ? 0 : name.startsWith(asked) ? 1 : name.includes(` ${asked}`) ? 2 : name.includes(asked) ? 3 : 9;
  const last = recent();
  const age = (id) => { const place = last.indexOf(id); return place < 0 ? 99 : place; };
  return [...codes.values()].map((code) => [rank(code.name.toLowerCase()), code]).filter(([place]) => place < 9)
    .sort(([a, one], [b, other]) => a - b || age(one.id) - age(other.id) || one.name.localeCompare(other.name)).map(([, code]) => code);
}
function drawInHand() {
  const place = find("inhand");
  const coding = codings.get(inHand);
  place.hidden = !coding;
  if (!coding) { inHand = null; place.replaceChildren(); return; }
  const head = make("header");
  const name = make("strong", shade(coding.code), nameOf(coding));
  name.dir = "auto";
  head.append(name, actButton("put-down", "", "Put the coding down", "✕"));
  const quote = make("blockquote", "", wordsOf(coding.start, coding.end));
  quote.dir = "auto";
  const who = coding.layer === "agreed" ? "Agreed" : state.people[coding.by];
  const row = make("div", "row");
  row.append(actButton("previous", "[", "Previous coding of this code", "‹"), actButton("next", "]", "Next coding of this code", "›"));
  const acts = make("div", "row");
  if (mayCode && isMine(coding)) acts.append(actButton("recode", "A", "Another code"), actButton("ends", "E", "Selection as its ends"), actButton("contrary", "O", coding.contrary ? "Not contrary" : "Contrary"), actButton("remove", "Del", "Take it off"));
  const definition = codes.get(coding.code)?.definition;
  place.replaceChildren(head, quote, make("p", "soft small", `${who} · ${inStudies(counts()(coding.code))}`), ...(definition ? [make("p", "small", definition)] : []), row, acts);
}
function actButton(act, key, label, sign = "") {
  const button = make("button", `button small${sign ? " quiet icon-only" : ""}`, sign || label);
  Object.assign(button, { type: "button", title: label });
  button.dataset.act = act;
  if (sign) button.setAttribute("aria-label", label);
  if (key && !sign) button.append(" ", make("kbd", "", key));
  return button;
}
function take(id, { scroll = false } = {}) {
  inHand = id;
  draw();
  const coding = codings.get(id);
  if (coding && scroll) { text.focus({ preventScroll: true }); select(coding.start, coding.start, { scroll: false }); lineAt(coding.start).li.scrollIntoView({ block: "center" }); }
}

// --- Acts ----------------------------------------------------------------------------------------------------------------
const outbox = new Outbox(desk.dataset.store, token, {
  arrived(entry, data) {
    if (entry.text === desk.dataset.text) merge(data);
    if (entry.recent && data.codings?.[0]) remember(data.codings[0].code);
    draw();
  },
  refused(entry, data) {
    say("error", data.title || "This was not saved", [data.message, entry.said].filter(Boolean).join(" – "));
    refresh();
  },
  held(why) {
    if (why === "offline") say("warning", "The server cannot be reached", "Go on coding: what you do is kept in this browser and will be sent when it answers.");
    else say("error", why === "out" ? "You are logged out" : "This page is out of date", "What you coded is kept in this browser. Load the page again, and it will be sent.");
  },
  changed() {
    const count = outbox.trouble ? outbox.all().length : 0;
    find("unsent").hidden = !count;
    find("unsent").textContent = `${count} unsent`;
    if (outbox.trouble) draw();
  },
});
function send(url, values, more = {}) {
  const body = new URLSearchParams(values).toString();
  outbox.add({ url, body, text: desk.dataset.text, ...more });
  draw();
}
function merge(data) {
  for (const id of data.gone || []) { codings.delete(id); asides.delete(id); }
  for (const id of data.gone_codes || []) codes.delete(id);
  if (data.people) state.people = data.people;
  for (const code of data.codes || []) codes.set(code.id, code);
  for (const coding of data.codings || []) codings.set(coding.id, coding);
  for (const aside of data.aside || []) asides.set(aside.id, aside);
  for (const step of ["undo", "redo"]) if (step in data) drawStep(step, data[step]);
}
function drawStep(step, next) {
  const button = find(step);
  button.disabled = !next;
  button.title = next ? `${step === "undo" ? "Undo" : "Redo"}: ${next.label}` : `Nothing to ${step}`;
  button.form.elements.expected.value = next?.id || "";
}
const urlOf = (coding, tail = "") => `${desk.dataset.codings}${coding.id}/${tail}`;
const span = ([start, end]) => ({ version: state.version, start, end });

function apply({ id = "", name = "", origin = "inductive" }, about = target()) {
  if (!mayCode) return;
  const words = wordsOf(...about);
  const label = name || codes.get(id)?.name;
  if (id) remember(id);
  send(desk.dataset.make, { ...span(about), ...(id ? { code: id } : { name, origin }) }, { draw: { start: about[0], end: about[1], code: id, name: label }, said: `${label}: ${words.slice(0, 60)}`, recent: !id });
  find("told").textContent = `Coded: ${label}`;
}
function inVivo() {
  const about = target();
  const words = wordsOf(...about).replace(/\s+/g, " ").replace(/^[“”"'‘’«»\s]+|[“”"'‘’«».,;:\s]+$/g, "");
  if ([...words].length > 200) { openBox("code", [...words].slice(0, 200).join("")); return; }
  if (words) apply({ name: words, origin: "in_vivo" }, about);
}
function setAside() {
  const about = target();
  send(desk.dataset.aside, span(about), { said: wordsOf(...about).slice(0, 60) });
  find("told").textContent = "Nothing to code here";
}
function untouched() {
  const at = lineAt(selection.focus).index;
  const next = [...lines.slice(at + 1), ...lines.slice(0, at + 1)].find((line) => !line.li.classList.contains("read"));
  if (!next) { say("success", "Every line is coded or set aside"); return; }
  text.focus({ preventScroll: true });
  select(next.start, next.start, { scroll: false });
  next.li.scrollIntoView({ block: "center" });
}
const changing = (does) => () => { const coding = codings.get(inHand); if (coding && mayCode && isMine(coding)) does(coding); };
const acts = {
  code: () => openBox("code"),
  vivo: inVivo,
  nothing: setAside,
  untouched,
  again: () => { const [last] = recent(); if (last) apply({ id: last }); },
  recode: changing(() => openBox("recode")),
  ends: changing((coding) => { const about = trimmed(); if (about.length) send(urlOf(coding), span(about), { said: nameOf(coding) }); else say("info", "Select the words first", "Then the coding takes them as its ends."); }),
  contrary: changing((coding) => send(urlOf(coding), { contrary: coding.contrary ? "no" : "yes" }, { said: nameOf(coding) })),
  remove: changing((coding) => { inHand = null; send(urlOf(coding, "remove/"), {}, { said: nameOf(coding) }); text.focus({ preventScroll: true }); }),
  next: () => walk("next"),
  previous: () => walk("previous"),
  "put-down": () => { take(null); text.focus({ preventScroll: true }); },
  disarm: () => arm(null),
  sheet: () => { const open = find("bank").classList.toggle("open"); document.querySelector("[data-act=sheet]").setAttribute("aria-expanded", String(open)); },
  undo: () => step("undo"),
  redo: () => step("redo"),
};
async function step(which) {
  if (which === "undo") {
    const unsent = outbox.takeBackLast();
    if (unsent) { say("info", "Taken back", unsent.said); draw(); return; }
  }
  await outbox.drain();
  const expected = find(which).form.elements.expected.value;
  if (!expected) { say("info", which === "undo" ? "There is nothing to undo" : "There is nothing to do again"); return; }
  const answer = await post(desk.dataset[which], { expected, text: desk.dataset.text }, token());
  if (answer.held) { say("warning", "The server cannot be reached", `Nothing was ${which === "undo" ? "undone" : "done again"}.`); return; }
  if (!answer.ok) { say("error", answer.data.title, answer.data.message); refresh(); return; }
  merge(answer.data);
  draw();
  say(answer.data.done ? "success" : "warning", answer.data.told);
}
// To the same code's next coding: on this text at once, in another study by its page.
function walk(to) {
  if (inHand && codings.has(inHand)) location.assign(urlOf({ id: inHand }, `${to}/`));
}
function arm(code) {
  armed = code;
  const place = find("armed");
  if (!place) return;
  place.hidden = !code;
  if (code) place.querySelector("strong").textContent = code.name;
  drawBank();
}

// --- The code box ------------------------------------------------------------------------------------------------------
const box = find("codebox");
const input = find("codebox-input");
let purpose = "code";
let about = [];
let active = 0;

function openBox(why, words = "") {
  if (!mayCode) return;
  purpose = why;
  about = why === "recode" ? [codings.get(inHand).start, codings.get(inHand).end] : target();
  find("codebox-what").textContent = wordsOf(...about).slice(0, 120);
  box.hidden = false;
  const line = lineAt(about[1] - 1).li.getBoundingClientRect();
  const below = line.bottom + box.offsetHeight + 12 < innerHeight;
  box.style.setProperty("--top", `${Math.max(64, below ? line.bottom + 6 : line.top - box.offsetHeight - 6)}px`);
  box.style.setProperty("--left", `${Math.max(8, Math.min(line.left + 48, innerWidth - box.offsetWidth - 8))}px`);
  input.value = words;
  active = 0;
  drawOptions();
  input.focus();
}
function closeBox() {
  box.hidden = true;
  text.focus({ preventScroll: true });
  select(selection.anchor, selection.focus, { scroll: false });
}
function options() {
  const asked = input.value.replace(/\s+/g, " ").trim();
  const low = asked.toLowerCase();
  const found = (asked ? matching(low) : [...new Set([...recent().map((id) => codes.get(id)), ...[...codes.values()].sort((a, b) => a.name.localeCompare(b.name))])]).slice(0, 12);
  const rows = found.map((code) => ({ id: code.id, name: code.name }));
  if (asked && !found.some((code) => code.name.toLowerCase() === low)) rows.push({ name: asked, isNew: true });
  return rows;
}
function drawOptions() {
  const rows = options();
  active = Math.max(0, Math.min(active, rows.length - 1));
  const count = counts();
  find("codebox-list").replaceChildren(...rows.map((row, place) => {
    const item = make("li", row.isNew ? "new" : shade(row.id), row.isNew ? `New code “${row.name}”` : row.name);
    Object.assign(item, { id: `option-${place}`, role: "option", dir: "auto" });
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", String(place === active));
    if (!row.isNew) { ownColour(item, row.id); item.append(make("small", "", inStudies(count(row.id)))); }
    item.addEventListener("pointerdown", (event) => { event.preventDefault(); active = place; choose(); });
    return item;
  }));
  if (rows.length) input.setAttribute("aria-activedescendant", `option-${active}`); else input.removeAttribute("aria-activedescendant");
  find(`option-${active}`)?.scrollIntoView({ block: "nearest" });
}
function choose() {
  const row = options()[active];
  if (!row) return;
  const values = row.isNew ? { name: row.name } : { id: row.id };
  closeBox();
  if (purpose === "code") apply(values, about);
  else { send(urlOf({ id: inHand }), row.isNew ? { name: row.name } : { code: row.id }, { said: row.name }); }
}
input?.addEventListener("input", () => { active = 0; drawOptions(); });
box?.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (move) { const many = options().length; active = (active + move + many) % many; drawOptions(); }
  else if (event.key === "Enter") choose();
  else if (event.key === "Escape") closeBox();
  else return;
  event.preventDefault();
  event.stopPropagation();
});
document.addEventListener("pointerdown", (event) => { if (box && !box.hidden && !box.contains(event.target)) box.hidden = true; });

// --- Keys and clicks -----------------------------------------------------------------------------------------------------
const KEYS = { c: "code", v: "vivo", x: "nothing", r: "again", g: "untouched", a: "recode", e: "ends", o: "contrary", delete: "remove", backspace: "remove", "[": "previous", "]": "next" };
const latin = (event) => /^[^\x00-\x7f]$/.test(event.key) && /^Key[A-Z]$/.test(event.code) ? event.code.slice(3).toLowerCase() : event.key.toLowerCase();

addEventListener("keydown", (event) => {
  if (event.isComposing || writes(document.activeElement) || document.querySelector("dialog[open]")) return;
  const key = latin(event);
  if ((event.ctrlKey || event.metaKey) && !event.altKey && (key === "z" || key === "y")) { step(key === "y" || event.shiftKey ? "redo" : "undo"); event.preventDefault(); event.stopPropagation(); return; }
  if (event.ctrlKey || event.metaKey) return;
  const inText = document.activeElement === text || document.activeElement === document.body || document.activeElement === find("main");
  if (inText && moved(event)) { event.preventDefault(); event.stopPropagation(); return; }
  if (event.altKey || event.repeat) return;
  if (event.key === "Escape" && (armed || inHand)) { if (armed) arm(null); else take(null); }
  else if (inText && event.key === "Enter") { if (armed) apply(armed); else if (mayCode) openBox("code"); else return; }
  else if (/^[1-9]$/.test(event.key) && mayCode) { const id = recent()[Number(event.key) - 1]; if (!id) return; apply({ id }); }
  else if (key === "s") sentence();
  else if (key === "k") takeAtLine();
  else if (key === "b") { find("bank-search").focus(); }
  else if (KEYS[key] && (mayCode || ["previous", "next"].includes(KEYS[key]))) acts[KEYS[key]]();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

function moved(event) {
  const forward = getComputedStyle(lineAt(selection.focus).li.querySelector(".t")).direction === "rtl" ? -1 : 1;
  const sideways = { ArrowRight: forward, ArrowLeft: -forward }[event.key];
  const down = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (sideways && event.altKey) { if (!event.shiftKey) return false; byLetter(sideways); }
  else if (event.altKey) return false;
  else if (sideways) byWord(sideways, event.shiftKey);
  else if (down) byLine(down, event.shiftKey);
  else if (event.key === "Home" || event.key === "End") { const line = lineAt(selection.focus); const place = event.key === "Home" ? line.start : line.end; select(event.shiftKey ? selection.anchor : place, place); }
  else return false;
  return true;
}
function takeAtLine() {
  const line = lineAt(selection.focus);
  const here = shown().filter((coding) => coding.id && overlaps(coding, line)).sort((a, b) => a.start - b.start || a.end - b.end || (a.id < b.id ? -1 : 1));
  if (here.length) take(here[(here.findIndex((coding) => coding.id === inHand) + 1) % here.length].id);
}
desk.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.act) acts[button.dataset.act]?.();
  else if (button.dataset.coding) take(button.dataset.coding);
  else if (button.dataset.aside) send(`${desk.dataset.asides}${button.dataset.aside}/take-up/`, {}, { said: "Taken up again" });
  else if (button.dataset.code && mayCode) {
    const code = codes.get(button.dataset.code);
    if (trimmed().length) apply(code); else arm(armed?.id === code.id ? null : code);
  }
});
for (const which of ["undo", "redo"]) find(which).form.addEventListener("submit", (event) => { event.preventDefault(); step(which); });
find("bank-search").addEventListener("input", drawBank);
find("bank-search").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  const [first] = matching(event.target.value.trim().toLowerCase());
  if (!first || !mayCode) return;
  event.target.value = "";
  text.focus({ preventScroll: true });
  if (trimmed().length) apply(first); else arm(first);
});
find("selbar")?.addEventListener("pointerdown", (event) => event.preventDefault()); // the selection stays

// --- Colleagues' codings, where people may see each other ---------------------------------------------------------------
const POLL_MS = 4000;
let etag = state.etag;
async function refresh() {
  try {
    const response = await fetch(desk.dataset.stateUrl, { headers: { Accept: "application/json", "If-None-Match": etag }, credentials: "same-origin", redirect: "manual", cache: "no-store" });
    if (response.status !== 200) return;
    const fresh = await response.json();
    etag = response.headers.get("ETag");
    if (outbox.all().length) return; // their answers come first
    for (const [kept, rows] of [[codes, fresh.codes], [codings, fresh.codings], [asides, fresh.aside]]) { kept.clear(); for (const row of rows) kept.set(row.id, row); }
    state.people = fresh.people;
    state.elsewhere = fresh.elsewhere;
    for (const which of ["undo", "redo"]) drawStep(which, fresh[which]);
    draw();
  } catch { /* the next time */ }
}
if (desk.dataset.shared === "yes") setInterval(() => { if (!document.hidden && !outbox.running) refresh(); }, POLL_MS);

// --- Begin ---------------------------------------------------------------------------------------------------------------
find("bank-search").hidden = false;
for (const button of desk.querySelectorAll("[data-act=untouched]")) button.hidden = false;
desk.classList.add("scripted");
draw();
const asked = new URLSearchParams(location.search);
const wanted = codings.get(asked.get("coding"));
if (wanted) { hiddenLayers.delete(layerOf(wanted)); take(wanted.id, { scroll: true }); }
else {
  const line = lines[Math.min(Math.max(Number(asked.get("line")) || 1, 1), lines.length) - 1];
  select(line.start, line.start, { scroll: asked.has("line") });
}
if (outbox.all().length) outbox.drain();
