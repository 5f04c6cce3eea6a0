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

// What is being written is kept in this window until it is saved, in case the session ends first:
// for this person at this address alone, never a secret, and nothing after signing out.
{
  const KEPT = "being-written ";
  const UNKEPT = new Set(["csrfmiddlewaretoken", "tab"]);
  const own = `${KEPT}${document.body.dataset.person} `;
  const forget = (which) => {
    for (const key of Object.keys(sessionStorage)) if (which(key)) sessionStorage.removeItem(key);
  };
  if (document.body.dataset.person) forget((key) => key.startsWith(KEPT) && !key.startsWith(own));
  document.querySelector("form[data-forget]")?.addEventListener("submit", () => forget((key) => key.startsWith(KEPT)));
  for (const told of document.querySelectorAll("[data-saved]")) sessionStorage.removeItem(own + told.dataset.saved);

  const form = document.querySelector("form[data-keep]");
  if (form) {
    const key = own + location.pathname;
    const offer = document.querySelector("[data-kept]");
    const fields = () => [...form.elements].filter((field) => field.name && !UNKEPT.has(field.name) && field.type !== "password");
    const written = () => {
      const names = new Set(fields().map((field) => field.name));
      return [...new FormData(form)].filter(([name, value]) => names.has(name) && typeof value === "string");
    };
    const said = (pairs) => JSON.stringify(pairs.filter(([name]) => name !== "seen"));
    const before = said(written());
    const unsaved = form.hasAttribute("data-unsaved");
    const keep = () => {
      if (!offer.hidden) return;
      const now = written();
      if (unsaved || said(now) !== before) sessionStorage.setItem(key, JSON.stringify(now));
      else sessionStorage.removeItem(key);
    };
    const kept = JSON.parse(sessionStorage.getItem(key) || "null");
    if (unsaved) keep();
    else if (kept && said(kept) !== before) offer.hidden = false;
    else sessionStorage.removeItem(key);
    form.addEventListener("input", keep);
    offer.addEventListener("click", (event) => {
      const act = event.target.dataset.do;
      if (!act) return;
      for (const field of act === "take" ? fields() : []) {
        const values = kept.filter(([name]) => name === field.name).map(([, value]) => value);
        if (field.type === "checkbox") field.checked = values.includes(field.value);
        else if (values.length) [field.value] = values;
      }
      offer.hidden = true;
      keep();
      form.querySelector("textarea, input:not([type=hidden]):not([type=radio])")?.focus();
    });
  }
}
