// The reader: pages drawn by the server, their text laid over them for selecting and searching. Offsets are counted in code
// points of the page's text as the server keeps it, whatever the browser counts in. A selection is told to the page by the
// event "reader:select", whose detail is { document, parts: [{ page, start, end, text }] }.

const WIDTHS = [700, 1000, 1500, 2200]; // pixels in which pages are drawn; the server refuses others
const THUMB = 160;
const STEPS = [25, 33, 50, 67, 75, 90, 100, 110, 125, 150, 175, 200, 250, 300, 400, 500]; // percent of a page's own size
const WIDEST = 960; // CSS pixels of a page that fits the width: longer lines are hard to read
const POINT = 96 / 72;
const GAP = 16;
const KEPT = 24; // pages that stay drawn around the one being read
const SAVE_AFTER_MS = 1200;
const SOFT_HYPHEN = "\u00ad";

const points = (text) => [...text].length;
const slice = (text, start, end) => [...text].slice(start, end).join("");
const readable = (text) => text.replaceAll(`${SOFT_HYPHEN}\n`, "").replaceAll(SOFT_HYPHEN, "").replace(/\s+/g, " ").trim();
const say = (kind, title, text = "") => document.dispatchEvent(new CustomEvent("toast", { detail: { kind, title, text } }));
const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];

class TandemReader extends HTMLElement {
  connectedCallback() {
    if (this.pages) return;
    const one = (name) => this.querySelector(`[data-${name}]`);
    Object.assign(this, {
      base: this.dataset.base, view: one("pages"), side: one("side"), numberBox: one("number"), percent: one("percent"),
      count: one("count"), words: one("words"), picked: one("picked"),
      zoom: Number(this.dataset.zoom), turned: Number(this.dataset.turned), hits: [], hit: -1, current: 1, picking: null,
    });
    this.pages = [...this.view.querySelectorAll(".reader-page")].map((box) => ({
      box, sheet: box.firstElementChild, number: Number(box.dataset.number), width: Number(box.dataset.width), height: Number(box.dataset.height),
    }));
    one("tools").hidden = false;
    this.listen();
    this.lay();
    this.goto(Number(this.dataset.page), Number(this.dataset.part) / 1000);
    this.sizes = new ResizeObserver(() => this.keepInSight(() => this.lay()));
    this.sizes.observe(this.view);
  }

  disconnectedCallback() {
    this.save(true);
    this.sizes?.disconnect();
    document.removeEventListener("selectionchange", this.onSelect);
    removeEventListener("pagehide", this.onLeave);
  }

  listen() {
    this.view.addEventListener("scroll", () => { this.look(); this.saveSoon(); }, { passive: true });
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-act]");
      if (button) this.act(button.dataset.act);
      const to = event.target.closest("[data-goto]");
      if (to) this.goto(Number(to.dataset.goto));
      const hit = event.target.closest("[data-hit]");
      if (hit) this.showHit(Number(hit.dataset.hit));
      const again = event.target.closest("[data-again]");
      if (again) { this.pages[again.dataset.again - 1].failed = false; again.remove(); this.look(); }
    });
    this.numberBox.addEventListener("change", () => this.goto(Number(this.numberBox.value) || this.current));
    this.numberBox.addEventListener("keydown", (event) => { if (event.key === "Enter") this.view.focus(); });
    this.querySelector("[data-search]").addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation(); // the desk listens for forms of its own
      if (this.words.value.trim() === this.searched) this.step(1);
      else this.search();
    });
    this.words.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault(); // leaving the field keeps the finds; the browser would empty it
      event.stopPropagation();
      this.view.focus();
    });
    this.words.addEventListener("search", () => { if (!this.words.value) this.search(); });
    this.view.addEventListener("copy", (event) => {
      const parts = this.selection();
      if (!parts.length) return;
      event.clipboardData.setData("text/plain", parts.map((part) => readable(part.text)).join("\n"));
      event.preventDefault();
    });
    this.onSelect = () => { clearTimeout(this.selecting); this.selecting = setTimeout(() => this.pick(), 150); };
    document.addEventListener("selectionchange", this.onSelect);
    this.onLeave = () => this.save(true);
    addEventListener("pagehide", this.onLeave);
  }

  act(name) {
    const acts = {
      thumbs: () => this.toggleThumbs(),
      back: () => this.goto(this.current - 1),
      forth: () => this.goto(this.current + 1),
      smaller: () => this.resize(-1),
      larger: () => this.resize(1),
      fit: () => this.keepInSight(() => { this.zoom = 0; this.lay(); }),
      turn: () => this.keepInSight(() => { this.turned = (this.turned + 90) % 360; this.lay(); }),
      "hit-back": () => this.step(-1),
      "hit-forth": () => this.step(1),
      copy: () => this.copy(),
      "to-note": () => this.toNote(),
    };
    acts[name]?.();
    this.saveSoon();
  }

  // --- Size and place ---------------------------------------------------------------------------------------------------
  lay() {
    const room = this.view.clientWidth - 2 * GAP;
    if (room <= 0) return;
    const quarter = this.turned % 180 !== 0;
    for (const page of this.pages) {
      const across = quarter ? page.height : page.width;
      const scale = this.zoom ? (POINT * this.zoom) / 100 : Math.min(room, WIDEST) / across;
      page.shown = page.width * scale;
      const tall = page.height * scale;
      page.box.style.inlineSize = `${across * scale}px`;
      page.box.style.blockSize = `${quarter ? page.shown : tall}px`;
      page.sheet.style.inlineSize = `${page.shown}px`;
      page.sheet.style.blockSize = `${tall}px`;
      page.sheet.style.transform = this.turned ? `translate(-50%, -50%) rotate(${this.turned}deg)` : "";
      page.sheet.classList.toggle("turned", this.turned !== 0);
    }
    this.percent.textContent = this.zoom ? `${this.zoom} %` : "fit";
    this.look();
  }

  resize(step) {
    const page = this.pages[this.current - 1];
    const now = this.zoom || (page.shown / page.width / POINT) * 100;
    const next = step > 0 ? STEPS.find((one) => one > now + 1) : STEPS.findLast((one) => one < now - 1);
    if (next) this.keepInSight(() => { this.zoom = next; this.lay(); });
  }

  at() { // the page at the top of the view, and the share of it that is above
    const top = this.view.scrollTop + GAP;
    let low = 0;
    let high = this.pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pages[middle].box.offsetTop <= top) low = middle;
      else high = middle - 1;
    }
    const { box, number } = this.pages[low];
    return { number, part: Math.max(0, Math.min(1, (top - box.offsetTop) / box.offsetHeight)) };
  }

  goto(number, part = 0) {
    const page = this.pages[Math.max(1, Math.min(this.pages.length, number)) - 1];
    if (!page) return;
    this.view.scrollTop = page.box.offsetTop + part * page.box.offsetHeight - GAP;
    this.look();
  }

  keepInSight(change) {
    const { number, part } = this.at();
    change();
    this.goto(number, part);
  }

  look() {
    if (!this.view.clientHeight) return;
    const seen = this.view.scrollTop + this.view.clientHeight / 3;
    this.last = this.at();
    let { number } = this.last;
    while (number < this.pages.length && this.pages[number].box.offsetTop < seen) number += 1;
    this.current = number;
    if (document.activeElement !== this.numberBox) this.numberBox.value = number;
    for (const thumb of this.side.querySelectorAll("[data-goto]")) {
      if (thumb.classList.contains("thumb")) thumb.setAttribute("aria-current", String(Number(thumb.dataset.goto) === number));
    }
    this.fill();
  }

  // --- Pages are drawn one after the other, the nearest first -------------------------------------------------------------
  async fill() {
    if (this.filling) return;
    this.filling = true;
    for (let page = this.wanted(); page && this.isConnected; page = this.wanted()) {
      await Promise.all([this.draw(page), this.write(page)]);
      this.forget();
    }
    this.filling = false;
    this.fillThumbs();
  }

  wanted() {
    const { scrollTop, clientHeight } = this.view;
    const from = scrollTop - clientHeight * 0.75;
    const to = scrollTop + clientHeight * 2;
    const near = this.pages.filter(({ box }) => box.offsetTop < to && box.offsetTop + box.offsetHeight > from);
    const waits = near.filter((page) => !page.failed && (this.fitting(page) > (page.drawn || 0) || !page.written));
    return waits.sort((one, other) => Math.abs(one.number - this.current) - Math.abs(other.number - this.current))[0];
  }

  fitting(page) {
    const pixels = page.shown * devicePixelRatio;
    return WIDTHS.find((width) => width >= pixels * 0.95) || WIDTHS.at(-1);
  }

  async draw(page) {
    const width = this.fitting(page);
    if (width <= (page.drawn || 0)) return;
    const image = new Image();
    image.alt = `Page ${page.number}`;
    image.draggable = false;
    image.src = `${this.base}pages/${page.number}/?w=${width}`;
    try {
      await image.decode();
      page.sheet.querySelector("img")?.remove();
      page.sheet.querySelector("svg").after(image);
      page.drawn = width;
    } catch {
      page.failed = true;
      const again = document.createElement("button");
      Object.assign(again, { type: "button", className: "button small reader-again", textContent: "This page could not be drawn. Try again" });
      again.dataset.again = page.number;
      page.sheet.append(again);
    }
  }

  async write(page) {
    if (page.written) return;
    page.written = true;
    const answer = await fetch(`${this.base}pages/${page.number}/text/`, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) { page.written = Boolean(answer); return; } // without a network it is tried again on the next move
    Object.assign(page, await answer.json());
    page.letters = [...page.text];
    const layer = document.createElement("div");
    layer.className = "reader-text";
    const spans = page.lines.map(([start, end, left, top, right, bottom], index) => {
      const span = document.createElement("span");
      span.textContent = page.letters.slice(start, end).join("");
      span.dataset.line = index;
      span.dir = "auto";
      Object.assign(span.style, { left: `${left / 100}%`, top: `${top / 100}%`, height: `${(bottom - top) / 100}%`, fontSize: `${(bottom - top) * 0.0085}cqb`, lineHeight: `${(bottom - top) / 100}cqb` });
      layer.append(span, document.createElement("br"));
      return [span, (right - left) / 10000];
    });
    page.sheet.append(layer);
    const whole = page.sheet.offsetWidth || 1;
    const ratios = spans.map(([span, share]) => (share * whole) / (span.offsetWidth || 1));
    spans.forEach(([span], index) => { span.style.transform = `scaleX(${ratios[index].toFixed(4)})`; });
    this.mark(page);
  }

  forget() {
    for (const page of this.pages) {
      if ((!page.drawn && !page.written) || Math.abs(page.number - this.current) <= KEPT) continue;
      for (const part of page.sheet.querySelectorAll("img, .reader-text, .reader-marks")) part.remove();
      Object.assign(page, { drawn: 0, written: false });
    }
  }

  // --- Search -------------------------------------------------------------------------------------------------------------
  async search() {
    this.searched = this.words.value.trim();
    this.hits = [];
    this.hit = -1;
    let more = false;
    if (this.searched) {
      this.count.textContent = "…";
      const answer = await fetch(`${this.base}search/?q=${encodeURIComponent(this.searched)}`, { credentials: "same-origin" }).catch(() => null);
      if (!answer?.ok) { this.count.textContent = ""; this.searched = null; say("error", "The search did not work", "Try it once more."); return; }
      ({ hits: this.hits, more } = await answer.json());
    }
    this.querySelector("[data-finds]").hidden = !this.hits.length;
    this.more = more;
    this.list();
    for (const page of this.pages) this.mark(page);
    if (this.hits.length) this.showHit(Math.max(0, this.hits.findIndex(({ page }) => page >= this.current)));
    else this.count.textContent = this.searched ? "not found" : "";
  }

  list() {
    if (!this.hits.length) { if (this.sideShows === "hits") this.openSide(""); return; }
    const list = document.createElement("ol");
    this.hits.forEach((hit, index) => {
      const row = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.hit = index;
      const where = document.createElement("small");
      where.textContent = `p. ${hit.page}`;
      const words = document.createElement("span");
      words.dir = "auto";
      const mark = document.createElement("mark");
      mark.textContent = hit.words;
      words.append(`…${hit.before}`, mark, `${hit.after}…`);
      button.append(where, words);
      row.append(button);
      list.append(row);
    });
    this.openSide("hits", list);
  }

  step(by) {
    if (this.hits.length) this.showHit((this.hit + by + this.hits.length) % this.hits.length);
  }

  showHit(index) {
    const before = this.hits[this.hit]?.page;
    this.hit = index;
    const { page: number, start, end } = this.hits[index];
    const page = this.pages[number - 1];
    this.count.textContent = `${index + 1} of ${this.hits.length}${this.more ? "+" : ""}`;
    for (const button of this.side.querySelectorAll("[data-hit]")) {
      const current = Number(button.dataset.hit) === index;
      button.setAttribute("aria-current", String(current));
      if (current) button.scrollIntoView({ block: "nearest" });
    }
    if (before) this.mark(this.pages[before - 1]);
    this.mark(page);
    this.goto(number);
    const bring = () => {
      const top = boxesOf(page, start, end)[0]?.top ?? 0;
      if (this.turned) return;
      this.view.scrollTop = page.box.offsetTop + (top / 100) * page.box.offsetHeight - this.view.clientHeight / 3;
    };
    if (page.lines) bring();
    else this.write(page).then(() => { if (this.hit === index) bring(); });
    if (this.side.matches(":not([hidden])") && getComputedStyle(this.side).position === "absolute") this.openSide(""); // on a phone the list covers the page
  }

  mark(page) {
    page.sheet.querySelector(".reader-marks")?.remove();
    if (!page.lines || !this.hits.some((hit) => hit.page === page.number)) return;
    const layer = document.createElement("div");
    layer.className = "reader-marks";
    this.hits.forEach((hit, index) => {
      if (hit.page !== page.number) return;
      for (const box of boxesOf(page, hit.start, hit.end)) {
        const mark = document.createElement("i");
        if (index === this.hit) mark.className = "current";
        for (const side of ["left", "top", "width", "height"]) mark.style[side] = `${box[side]}%`;
        layer.append(mark);
      }
    });
    page.sheet.querySelector("svg").after(layer);
  }

  // --- Small pages ----------------------------------------------------------------------------------------------------------
  openSide(shows, content) {
    this.sideShows = shows;
    this.keepInSight(() => {
      this.side.hidden = !shows;
      this.side.replaceChildren(...(content ? [content] : []));
      this.querySelector('[data-act="thumbs"]').setAttribute("aria-pressed", String(shows === "thumbs"));
      this.lay();
    });
  }

  toggleThumbs() {
    if (this.sideShows === "thumbs") { this.openSide(""); return; }
    const list = document.createElement("ol");
    for (const { number, width, height } of this.pages) {
      const row = document.createElement("li");
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "thumb" });
      button.dataset.goto = number;
      const frame = document.createElement("span");
      frame.style.aspectRatio = `${width} / ${height}`;
      button.append(frame, document.createTextNode(number));
      button.setAttribute("aria-label", `Page ${number}`);
      row.append(button);
      list.append(row);
    }
    this.openSide("thumbs", list);
    this.side.onscroll = () => this.fillThumbs();
    this.side.querySelector(`[data-goto="${this.current}"]`)?.scrollIntoView({ block: "center" });
    this.look();
    this.fillThumbs();
  }

  async fillThumbs() {
    if (this.sideShows !== "thumbs" || this.thumbing) return;
    this.thumbing = true;
    const empty = () => [...this.side.querySelectorAll(".thumb > span:empty")].find((frame) => {
      const { top, bottom } = frame.getBoundingClientRect();
      const view = this.side.getBoundingClientRect();
      return bottom > view.top - 200 && top < view.bottom + 400;
    });
    for (let frame = empty(); frame && this.isConnected; frame = empty()) {
      const image = new Image();
      image.alt = "";
      image.src = `${this.base}pages/${frame.parentElement.dataset.goto}/?w=${THUMB}`;
      await image.decode().catch(() => {});
      frame.append(image);
    }
    this.thumbing = false;
  }

  // --- What is selected -----------------------------------------------------------------------------------------------------
  selection() {
    const chosen = getSelection();
    if (!chosen.rangeCount || chosen.isCollapsed) return [];
    const range = chosen.getRangeAt(0);
    if (!this.view.contains(range.commonAncestorContainer)) return [];
    const parts = [];
    for (const page of this.pages) {
      if (!page.written || !page.lines || !range.intersectsNode(page.sheet)) continue;
      const spans = [...page.sheet.querySelectorAll("[data-line]")].filter((span) => range.intersectsNode(span));
      if (!spans.length) continue;
      const start = offsetIn(page, spans[0], range.startContainer, range.startOffset, 0);
      const end = offsetIn(page, spans.at(-1), range.endContainer, range.endOffset, 1);
      const text = page.letters.slice(start, end).join("");
      if (text.trim()) parts.push({ page: page.number, start, end, text });
    }
    return parts;
  }

  pick() {
    const parts = this.selection();
    this.picking = parts.length ? parts : null;
    this.picked.hidden = !this.picking;
    if (!this.picking) return;
    const words = parts.map(({ text }) => readable(text)).join(" ");
    this.picked.querySelector("[data-where]").textContent = pagesOf(parts);
    this.picked.querySelector("[data-quote]").textContent = words.length > 120 ? `${slice(words, 0, 120)}…` : words;
    this.picked.querySelector('[data-act="to-note"]').hidden = !this.note();
    this.dispatchEvent(new CustomEvent("reader:select", { bubbles: true, detail: { document: Number(this.dataset.document), parts } }));
  }

  quotation() {
    return `“${this.picking.map(({ text }) => readable(text)).join(" ")}” (${pagesOf(this.picking)})`;
  }

  async copy() {
    try {
      await navigator.clipboard.writeText(this.quotation());
      say("success", "Copied", pagesOf(this.picking));
    } catch {
      say("info", "Press Ctrl+C to copy", "The browser did not let the page do it.");
    }
  }

  note() { return document.querySelector('form.desk textarea[name="note"]'); }

  toNote() {
    const note = this.note();
    note.value = [note.value.trimEnd(), this.quotation()].filter(Boolean).join("\n");
    note.dispatchEvent(new Event("input", { bubbles: true }));
    say("success", "In your note", pagesOf(this.picking));
  }

  // --- Where somebody stopped -------------------------------------------------------------------------------------------------
  saveSoon() {
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.save(), SAVE_AFTER_MS);
  }

  save(leaving = false) {
    clearTimeout(this.saving);
    if (!this.view.clientHeight && !leaving) return;
    const { number, part } = leaving ? this.last || {} : this.at();
    if (!number) return;
    const body = new URLSearchParams({ page: number, part: Math.round(part * 1000), zoom: this.zoom, turned: this.turned });
    if (String(body) === this.saved) return;
    this.saved = String(body);
    fetch(`${this.base}place/`, { method: "POST", body, credentials: "same-origin", keepalive: true, headers: { "X-CSRFToken": token() } }).catch(() => { this.saved = ""; });
  }
}

// (offset of a boundary of the selection) inside the line if it lies there, otherwise the line's own beginning or end.
function offsetIn(page, span, node, offset, side) {
  const [start, end] = page.lines[span.dataset.line];
  if (!span.contains(node)) return side ? end : start;
  if (node.nodeType !== Node.TEXT_NODE) return start + (offset ? points(span.textContent) : 0);
  return start + points(node.data.slice(0, offset));
}

// Where letters stand on a page, in percent: one box for each line they are on.
function boxesOf({ lines, letters }, from, to) {
  const boxes = [];
  for (const [start, end, left, top, right, bottom, words] of lines) {
    if (end <= from || start >= to) continue;
    const place = (at, side) => {
      for (let index = 0; index < words.length; index += 3) {
        const [first, x0, x1] = words.slice(index, index + 3);
        const next = index + 3 < words.length ? words[index + 3] : end - start;
        if (at < first || (side === 0 && at >= next)) continue;
        if (side === 1 && at > next) continue;
        let length = next - first;
        while (length > 1 && /\s/.test(letters[start + first + length - 1])) length -= 1;
        return x0 + ((x1 - x0) * Math.min(at - first, length)) / length;
      }
      return side ? right : left;
    };
    const x0 = from > start ? place(from - start, 0) : left;
    const x1 = to < end ? place(to - start, 1) : right;
    boxes.push({ left: Math.min(x0, x1) / 100, top: top / 100, width: Math.abs(x1 - x0) / 100, height: (bottom - top) / 100 });
  }
  return boxes;
}

const pagesOf = (parts) => parts.length > 1 ? `pp. ${parts[0].page}–${parts.at(-1).page}` : `p. ${parts[0].page}`;

customElements.define("tandem-reader", TandemReader);
