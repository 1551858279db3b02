// The frame's behaviour: menus, dialogs, toasts, drop zones, copying, and what is said when a request fails.

// --- Menus are <details class="menu">: open without this script, closed by it ---------------------------------------
const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    const inside = menu.contains(event.target);
    const stays = event.target.closest("[data-theme-choice], input, label");
    if (!inside || (event.target.closest("a, button") && !stays)) menu.open = false;
  }
});
// A menu that would leave the window opens towards the other side.
document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.("details.menu[open]")) return;
  const box = menu.querySelector(":scope > :not(summary)").getBoundingClientRect();
  if (box.left < 0 || box.right > document.documentElement.clientWidth) menu.classList.toggle("end");
}, true);
document.addEventListener("keydown", (event) => {
  for (const menu of openMenus()) {
    if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") moveInMenu(menu, event);
  }
});
function moveInMenu(menu, event) {
  if (!menu.contains(document.activeElement)) return;
  const stops = [...menu.querySelectorAll("li a, li button, form > button")].filter((stop) => !stop.disabled);
  const step = event.key === "ArrowDown" ? 1 : -1;
  const at = stops.indexOf(document.activeElement);
  const next = at < 0 && step < 0 ? stops.length - 1 : (at + step + stops.length) % stops.length;
  stops[next]?.focus();
  event.preventDefault();
}

// --- Dialogs: [data-dialog="id"] opens, [data-close] closes ------------------------------------------------------------
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    document.getElementById(opener.dataset.dialog)?.showModal();
    event.preventDefault();
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog, .notice, .toast")?.[event.target.closest("dialog") ? "close" : "remove"]();
  // A click on the backdrop is a click on the dialog itself, outside its box.
  if (event.target instanceof HTMLDialogElement && event.target.open && !event.target.hasAttribute("data-modal")) {
    const box = event.target.getBoundingClientRect();
    const within = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!within) event.target.close();
  }
});
// A fragment that brings a dialog marked data-open shows it at once.
document.addEventListener("htmx:load", (event) => {
  const found = event.target.matches?.("dialog[data-open]") ? event.target : event.target.querySelector?.("dialog[data-open]");
  if (found && !found.open) found.showModal();
});

// --- Toasts ------------------------------------------------------------------------------------------------------------
const LINGER_MS = 7000;
export function toast(kind, title, text = "") {
  const place = document.getElementById("toasts");
  const shape = document.getElementById(`toast-${kind}`) || document.getElementById("toast-info");
  if (!place || !shape) return;
  // Of what is done again and again only the latest stands.
  if (shape.hasAttribute("data-latest")) place.querySelector(`.toast.${kind}`)?.remove();
  // What fails again and again is said once.
  const said = [...place.children].some((one) => one.querySelector("strong")?.textContent === title && one.querySelector("p")?.textContent === text);
  if (said) return;
  const piece = shape.content.cloneNode(true);
  piece.querySelector("strong").textContent = title;
  piece.querySelector("p").textContent = text;
  place.append(piece);
}
const places = document.getElementById("toasts");
if (places) {
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) {
      if (node instanceof HTMLElement && !node.matches(".error, .warning")) fade(node);
    }
  }).observe(places, { childList: true });
}
function fade(node) {
  let timer = 0;
  const stay = () => clearTimeout(timer);
  const leave = () => { stay(); timer = setTimeout(() => node.remove(), LINGER_MS); };
  for (const name of ["mouseenter", "focusin"]) node.addEventListener(name, stay);
  for (const name of ["mouseleave", "focusout"]) node.addEventListener(name, leave);
  leave();
}
document.addEventListener("toast", (event) => toast(event.detail.kind || "success", event.detail.title || "", event.detail.text || ""));

// --- Requests that fail say what happened and what was kept --------------------------------------------------------------
document.addEventListener("htmx:responseError", (event) => tell(event.detail.xhr));
function tell(xhr) {
  const page = new DOMParser().parseFromString(xhr.responseText || "", "text/html");
  const title = page.querySelector("[data-error-title]")?.textContent.trim();
  const text = page.querySelector("[data-error-text]")?.textContent.trim();
  toast("error", title || `The server could not answer (${xhr.status})`, text || "Nothing was changed. Load the page again, or try once more.");
}
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => toast("error", "The server could not be reached", "Nothing was sent. Check the connection and try once more."));
}
document.addEventListener("htmx:beforeSwap", (event) => {
  const answer = event.detail.serverResponse || "";
  if (answer.includes("<body") && answer.includes(" data-entrance")) {
    event.detail.shouldSwap = false; // logged out meanwhile: a log-in page must not land inside a fragment
    location.reload();
  } else if (!event.detail.isError && event.detail.shouldSwap && answer.includes("data-error-title")) {
    event.detail.shouldSwap = false; // an error without a fresh fragment: what the person typed stays where it is
    tell(event.detail.xhr);
  }
});

// --- Drop zones show what was chosen ----------------------------------------------------------------------------------
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => event.target.closest?.(".drop")?.classList.toggle("over", name === "dragover"));
}
document.addEventListener("change", (event) => {
  const output = event.target.closest?.(".drop")?.querySelector("output");
  if (!output || event.target.type !== "file") return;
  output.textContent = [...event.target.files].map((file) => `${file.name} (${size(file.size)})`).join(", ");
});
function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(0)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

// --- Small helps --------------------------------------------------------------------------------------------------------
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    toast("success", "Copied");
  } catch {
    source.select?.();
    toast("info", "Press Ctrl+C to copy", "The browser did not let the page do it.");
  }
});
document.addEventListener("change", (event) => {
  if (event.target.closest("[data-submit-on-change]")) event.target.form?.requestSubmit();
});
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-check-all]");
  if (!all) return;
  for (const box of document.querySelectorAll(`input[type="checkbox"][name="${CSS.escape(all.dataset.checkAll)}"]`)) box.checked = all.checked;
});
// A form sent twice by an impatient finger goes once.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "dialog" || event.target.matches("[hx-get], [hx-post]")) return;
  if (event.target.dataset.sent && event.target.method === "post") { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
  setTimeout(() => delete event.target.dataset.sent, 5000); // an answer that is a download leaves the page standing
});
window.addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });
// On a phone the pipeline scrolls sideways: bring the current stage into sight without moving the page.
const current = document.querySelector(".pipeline [aria-current]");
const rail = document.querySelector(".pipeline > div");
if (current && rail && rail.scrollWidth > rail.clientWidth) {
  rail.scrollLeft = current.offsetLeft - (rail.clientWidth - current.offsetWidth) / 2;
}
