// What a page does in the browser beyond links and forms; each part finds its own elements.
"use strict";

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !field) {
    const search = document.querySelector("input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

const PATIENCE = 8;

// A picture that is still being made is asked for again; some failed before this was read.
function again(picture) {
  if (!(picture instanceof HTMLImageElement) || !picture.src.endsWith("/hinh/")) return;
  const tried = Number(picture.dataset.tried || 0);
  if (tried >= PATIENCE) return;
  picture.dataset.tried = tried + 1;
  picture.classList.add("coming");
  picture.addEventListener("load", () => picture.classList.remove("coming"), { once: true });
  setTimeout(() => { const { src } = picture; picture.src = ""; picture.src = src; }, 1500 * (tried + 1));
}
document.addEventListener("error", (event) => again(event.target), true);
for (const picture of document.images) if (picture.complete && !picture.naturalWidth) again(picture);

// The part where one is stands in view where the menu is wider than the window.
document.querySelector(".menu [aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "center" });
