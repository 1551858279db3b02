// Keys of the frame: `/` or Ctrl/Cmd-K searches, `?` lists all keys. A page adds its own with elements that carry
// data-key="i": the key presses them (a link or button) or moves into them (a field). Never while a field has the focus.

const writes = (element) => element?.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element?.tagName) && !/^(checkbox|radio|button|submit)$/.test(element.type);

document.addEventListener("keydown", (event) => {
  const search = document.querySelector(".search input");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && search) {
    focusOn(search, event);
    return;
  }
  if (event.key === "Escape" && writes(document.activeElement) && !document.querySelector("dialog[open]")) {
    document.activeElement.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing || event.defaultPrevented) return;
  if (writes(document.activeElement) || document.querySelector("dialog[open]")) return;
  if (event.key === "/" && search) focusOn(search, event);
  else if (event.key === "?") showKeys(event);
  else press(event);
});

function focusOn(field, event) {
  field.focus();
  field.select?.();
  event.preventDefault();
}

function showKeys(event) {
  document.getElementById("keys")?.showModal();
  event.preventDefault();
}

const keyed = (key) => key && document.querySelector(`[data-key="${CSS.escape(key.toLowerCase())}"]:not(:disabled)`);
// On a keyboard of another script the letter printed beside the person's own does it: there is none that writes a Latin i.
const latin = (event) => /^[^\x00-\x7f]$/.test(event.key) && /^Key[A-Z]$/.test(event.code) ? event.code.slice(3) : "";

function press(event) {
  const target = keyed(event.key) || keyed(latin(event));
  if (!target) return;
  event.preventDefault();
  if (writes(target)) target.focus();
  else target.click();
}
