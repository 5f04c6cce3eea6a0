// The editor of a playlist: moves without a new page, and dragging on top of the forms.
"use strict";

(() => {
  let unsaved = false;
  const daysInOrder = (row) => {
    const [first, last] = ["valid_from", "valid_until"].map((name) => row.querySelector(`[name=${name}]`));
    const wrong = first.value && last.value && last.value < first.value;
    last.setCustomValidity(wrong ? document.getElementById("order").dataset.wrongDays : "");
  };
  document.addEventListener("change", (event) => {
    if (event.target.form?.id !== "order") return;
    unsaved = true;
    daysInOrder(event.target.closest("li"));
  });
  addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  let [busy, more] = [false, 0];

  // One move at a time: a key that is pressed meanwhile is pressed again on what came of it.
  const keep = async (form, button) => {
    if (!form.reportValidity()) return;
    if (busy) {
      more += button?.name ? 1 : 0;
      return;
    }
    busy = true;
    unsaved = false;
    form.closest("#programme")?.setAttribute("aria-busy", "true");
    let next = null;
    try {
      next = await kept(form, button);
    } finally {
      busy = false;
    }
    if (more && next) {
      more -= 1;
      next.click();
    } else more = 0;
  };

  const kept = async (form, button) => {
    const fields = new FormData(form);
    if (button && button.name) fields.append(button.name, button.value);
    const answer = await fetch(form.action, { method: "POST", body: fields });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["programme", "told"]) {
      const [now, then] = [document.getElementById(part), page.getElementById(part)];
      if (!now || !then) {
        location.assign(answer.url);
        return null;
      }
      now.replaceWith(then);
    }
    const moved = new URL(answer.url).searchParams.get("moved");
    const row = moved && document.getElementById(`e-${moved}`);
    if (!row) return null;
    row.classList.add("moved");
    const same = button && row.querySelector(`button[name=${button.name}]:not([disabled])`);
    (same || row.querySelector(".moves button:not([disabled])"))?.focus();
    return same;
  };

  document.addEventListener("submit", (event) => {
    if (event.target.id !== "order") return;
    event.preventDefault();
    keep(event.target, event.submitter);
  });

  let dragged = null;
  document.addEventListener("pointerdown", (event) => {
    const row = event.target.closest(".arranging > li");
    if (row) row.draggable = Boolean(event.target.closest(".handle"));
  });
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.(".arranging > li");
    dragged?.classList.add("dragged");
  });
  document.addEventListener("dragover", (event) => {
    const over = event.target.closest?.(".arranging > li");
    if (!dragged || !over || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    const middle = over.getBoundingClientRect();
    const after = event.clientY > middle.top + middle.height / 2;
    over.parentElement.insertBefore(dragged, after ? over.nextSibling : over);
  });
  document.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("dragged");
    dragged = null;
    keep(document.getElementById("order"), null);
  });
})();
