// The library's pages: versions in the player, keys, dropping.
"use strict";

// Another version plays in place, from where the last one was.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-version]");
  const player = document.querySelector("[data-player]");
  if (!link || !player || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const at = player.currentTime || 0;
  player.src = link.href;
  if (at) player.addEventListener("loadedmetadata", () => { player.currentTime = at; }, { once: true });
  for (const each of document.querySelectorAll("a[data-version]")) each.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
});

// A time code, or a place in a plot of the loudness, is where the player goes.
const player = document.querySelector("video[data-player]");
function jump(seconds) {
  const go = () => { player.currentTime = seconds; };
  if (player.readyState) go(); else player.addEventListener("loadedmetadata", go, { once: true });
  if (!player.readyState) player.load();
  player.scrollIntoView({ block: "center" });
}
if (player) {
  document.addEventListener("click", (event) => {
    const code = event.target.closest("a[data-at]");
    const course = event.target.closest("svg[data-course]");
    if (!code && !course) return;
    event.preventDefault();
    if (code) return jump(Number(code.dataset.at));
    const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(course.getScreenCTM().inverse());
    jump(Math.min(1, Math.max(0, (place.x - 36) / 436)) * Number(course.dataset.course));
  });
  const code = /^#t=([\d.]+)$/.exec(location.hash);
  if (code) jump(Number(code[1]));
}

// Captions by keyboard.
const caption = document.querySelector("form[data-caption]");
if (caption) {
  const wrong = caption.querySelector("[aria-invalid=true]");
  if (!document.querySelector("[role=alert] ul, [data-kept]:not([hidden])")) (wrong || caption.querySelector(".need:not(.portal)")?.closest(".field")?.querySelector("input, textarea, select"))?.focus();
  const unsaved = caption.hasAttribute("data-unsaved");
  const before = new URLSearchParams(new FormData(caption)).toString();
  let sent = false;
  caption.addEventListener("submit", () => { sent = true; });
  addEventListener("beforeunload", (event) => {
    const now = new URLSearchParams(new FormData(caption)).toString();
    if (!sent && (unsaved || now.replace(/tab=\w+&?/, "") !== before.replace(/tab=\w+&?/, ""))) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const then = event.key === "Enter" ? "next" : event.key === "s" ? "stay" : "";
    if (!then) return;
    event.preventDefault();
    caption.requestSubmit(caption.querySelector(`button[value=${then}]`));
  });
}

// Files that are dropped, with how far they are.
const form = document.querySelector("form[data-drop]");
if (form) {
  const input = form.querySelector("input[type=file]");
  const list = form.querySelector("[data-chosen]");
  const NEVER = /\.(docx?|pdf|pptx?|zip|rar|7z|exe|mp3|wav|txt)$/i;  // what nobody need send to learn
  let chosen = new DataTransfer();
  const add = (files) => {  // what was chosen before stays; the same name again takes its place
    const both = new DataTransfer();
    const names = new Set([...files].map((file) => file.name));
    for (const file of chosen.files) if (!names.has(file.name)) both.items.add(file);
    for (const file of files) both.items.add(file);
    chosen = both;
    input.files = chosen.files;
    show();
  };
  const show = () => {
    list.replaceChildren(...[...input.files].map((file) => {
      const line = document.createElement("li");
      const most = Number(form.dataset.most.replace(",", ".")) * 2 ** 30;
      const size = Math.max(0.1, file.size / 2 ** 20).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
      const never = NEVER.test(file.name) ? ` · ✗ ${form.dataset.never}` : "";
      line.textContent = `${file.name} · ${size} MB${file.size > most ? " ✗" : ""}${never} `;
      const drop = document.createElement("button");
      drop.type = "button";
      drop.textContent = list.dataset.remove;
      drop.setAttribute("aria-label", `${list.dataset.remove}: ${file.name}`);
      drop.addEventListener("click", () => {
        const rest = new DataTransfer();
        for (const each of chosen.files) if (each !== file) rest.items.add(each);
        chosen = rest;
        input.files = chosen.files;
        show();
        input.focus();
      });
      line.append(drop);
      return line;
    }));
  };
  input.addEventListener("change", () => add(input.files));
  for (const name of ["dragover", "dragleave", "drop"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) {
        add(event.dataTransfer.files);
      }
    });
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const running = form.querySelector("[data-running]");
    const failed = form.querySelector("[data-failed]");
    const button = form.querySelector("button.main");
    const sending = new XMLHttpRequest();
    const fail = () => { failed.hidden = false; running.hidden = true; button.disabled = false; };
    sending.open("POST", form.action);
    sending.setRequestHeader("Accept", "application/json");
    sending.upload.addEventListener("progress", ({ loaded, total }) => {
      const part = total ? Math.round((100 * loaded) / total) : 0;
      running.querySelector("progress").value = part;
      running.querySelector("[data-done]").textContent = `${part}%`;
    });
    sending.addEventListener("load", () => {
      if (sending.status === 200) location.assign("/hop-thu/"); else fail();
    });
    sending.addEventListener("error", fail);
    failed.hidden = true;
    running.hidden = false;
    button.disabled = true;
    sending.send(new FormData(form));
  });
}
