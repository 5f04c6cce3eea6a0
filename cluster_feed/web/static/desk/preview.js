// Plays a screen's loop in the page: the same files, in the same order, for the same time.
"use strict";

(() => {
  const player = document.getElementById("player");
  if (!player) return;
  const [video, image] = [player.querySelector("video"), player.querySelector("img")];
  const [line, bar] = [player.querySelector(".caption"), player.querySelector("progress")];
  const turns = [...document.querySelectorAll(".turns > li")];
  const pause = player.querySelector("[data-do=pause]");
  const sound = player.querySelector("[data-do=sound]");
  let at = -1, shown = 0, since = 0, paused = false;

  const title = (turn) => [...turn.querySelectorAll(".title, .other")].map((each) => each.textContent).join(" · ");

  const show = (index) => {
    at = (index + turns.length) % turns.length;
    const turn = turns[at];
    turns.forEach((each) => each.toggleAttribute("aria-current", each === turn));
    const moving = turn.dataset.kind === "video";
    video.hidden = !moving;
    image.hidden = moving;
    line.textContent = title(turn);
    [shown, since] = [0, performance.now()];
    if (moving) {
      video.src = turn.dataset.file;
      if (!paused) video.play().catch(() => undefined);
    } else {
      video.pause();
      image.src = turn.dataset.file;
      image.alt = title(turn);
    }
  };

  const tick = (now) => {
    const turn = turns[at];
    const seconds = Number(turn.dataset.seconds);
    if (turn.dataset.kind === "video") shown = video.currentTime;
    else if (!paused) shown += (now - since) / 1000;
    since = now;
    bar.value = Math.min(100, (100 * shown) / seconds);
    const over = turn.dataset.kind === "video" ? video.ended : shown >= seconds;
    if (over) show(at + 1);
    requestAnimationFrame(tick);
  };

  const acts = {
    previous: () => show(at - 1),
    next: () => show(at + 1),
    pause: () => {
      paused = !paused;
      if (turns[at].dataset.kind === "video") paused ? video.pause() : video.play();
      pause.textContent = paused ? pause.dataset.on : pause.dataset.off;
    },
    sound: () => {
      video.muted = !video.muted;
      sound?.setAttribute("aria-pressed", String(!video.muted));
    },
    whole: () => player.querySelector(".stage").requestFullscreen?.(),
  };

  player.addEventListener("click", (event) => acts[event.target.closest("[data-do]")?.dataset.do]?.());
  video.addEventListener("error", () => {
    if (!video.hidden) setTimeout(() => show(at + 1), 1000);
  });
  turns.forEach((turn, index) => turn.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    show(index);
    const seconds = Number(link.dataset.at || 0);
    if (seconds) video.addEventListener("loadedmetadata", () => { video.currentTime = seconds; }, { once: true });
    player.scrollIntoView({ block: "nearest" });
  }));
  const keys = { ArrowLeft: "previous", ArrowRight: "next", " ": "pause", m: "sound", M: "sound", f: "whole", F: "whole" };
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, button, a") || event.ctrlKey || event.altKey || event.metaKey || !(event.key in keys)) return;
    if (keys[event.key] === "sound" && !sound) return;
    event.preventDefault();
    acts[keys[event.key]]();
  });
  player.hidden = false;
  show(0);
  requestAnimationFrame(tick);
})();
