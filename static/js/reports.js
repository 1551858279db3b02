// The table of reports: a PDF dropped onto a row, or chosen in it, is uploaded there. The plain form in each row does the same.

for (const button of document.querySelectorAll("[data-upload] [data-plain-only]")) button.hidden = true;

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-upload]");
  if (form && event.target.files?.length) form.requestSubmit();
});

const rowOf = (event) => event.target.closest?.("[data-report-table] tbody tr");
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const row = rowOf(event);
    const field = row?.querySelector("[data-upload] input[type=file]");
    if (!field) return;
    event.preventDefault();
    row.setAttribute("aria-selected", String(name === "dragover"));
    if (name !== "drop" || !event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    field.form.requestSubmit();
  });
}
