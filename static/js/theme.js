// Loaded before the first paint, so that a chosen theme never flashes the other one.
(() => {
  const KEY = "tandem-theme";
  const root = document.documentElement;
  const stored = () => { try { return localStorage.getItem(KEY) || "system"; } catch { return "system"; } };

  const show = (choice) => {
    if (choice === "system") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", choice);
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  };

  show(stored());
  document.addEventListener("DOMContentLoaded", () => show(stored()));
  window.addEventListener("storage", (event) => { if (event.key === KEY) show(stored()); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-theme-choice]");
    if (!button) return;
    try { localStorage.setItem(KEY, button.dataset.themeChoice); } catch { /* private window: lasts for this page */ }
    show(button.dataset.themeChoice);
  });
})();
