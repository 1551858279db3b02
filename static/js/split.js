// The movable border of a .fulltext: pointer, arrow keys, and the width remembered on this device.

for (const frame of document.querySelectorAll("[data-split]")) {
  const splitter = frame.querySelector(".splitter");
  const key = `tandem-split-${frame.dataset.split}`;

  const set = (percent) => {
    const value = Math.round(Math.max(25, Math.min(75, percent)));
    frame.style.setProperty("--split", `${value}%`);
    splitter.setAttribute("aria-valuenow", value);
    try { localStorage.setItem(key, value); } catch { /* private window: lasts for this page */ }
  };
  let stored = null;
  try { stored = Number(localStorage.getItem(key)); } catch { /* private window */ }
  set(stored || 55);

  splitter.addEventListener("pointerdown", (event) => {
    splitter.setPointerCapture(event.pointerId);
    frame.classList.add("moving");
  });
  splitter.addEventListener("pointermove", (event) => {
    if (!splitter.hasPointerCapture(event.pointerId)) return;
    const box = frame.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width * 100;
    set(getComputedStyle(frame).direction === "rtl" ? 100 - share : share);
  });
  for (const name of ["pointerup", "pointercancel"]) splitter.addEventListener(name, () => frame.classList.remove("moving"));
  splitter.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -2, ArrowRight: 2, Home: -100, End: 100 }[event.key];
    if (!step) return;
    const sign = getComputedStyle(frame).direction === "rtl" ? -1 : 1;
    set(Number(splitter.getAttribute("aria-valuenow")) + sign * step);
    event.preventDefault();
  });
}
