// Selecting words in a findings text puts them into the field that marks them as a participant's.
const text = document.querySelector("[data-prepare]");
const form = document.querySelector("[data-mark]");

const offsetOf = (node, offset) => {
  const range = document.createRange();
  range.selectNodeContents(text);
  range.setEnd(node, offset);
  return [...range.toString()].length; // code points, as the server counts
};

const hidden = (name) => {
  let field = form.elements.namedItem(name);
  if (!field) {
    field = Object.assign(document.createElement("input"), { type: "hidden", name });
    form.append(field);
  }
  return field;
};

if (text && form) {
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    if (!selection.rangeCount || selection.isCollapsed || !text.contains(selection.anchorNode) || !text.contains(selection.focusNode)) return;
    const range = selection.getRangeAt(0);
    form.elements.words.value = range.toString();
    hidden("start").value = offsetOf(range.startContainer, range.startOffset);
    hidden("end").value = offsetOf(range.endContainer, range.endOffset);
  });
  form.elements.words.addEventListener("input", () => {
    hidden("start").value = "";
    hidden("end").value = "";
  });
}
