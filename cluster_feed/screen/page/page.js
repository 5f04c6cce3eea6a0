"use strict";

// The page of a screen.  It is told over and over what it should show: at most the turn that runs
// and the one after it, each with the moments at which it begins and ends by this machine's clock.
// It shows nothing else; told of no turn, or told nothing, it shows the safe card, without a sound.

const STALL = 1000 * Number(document.body.dataset.stall);
const FADE = 1000 * Number(document.body.dataset.fade);
const CAPTIONS = document.body.dataset.captions === "yes";
const CLOCK = document.body.dataset.clock === "yes";
const BEAT = 200; // ms between two reports
const IN_STEP = 4; // ms by which a clip may be late without being steered
const TOO_LATE = 400; // ms beyond which it jumps to where it should be
const MOST_STEER = 0.05; // of its speed
const LANGUAGES = ["vi", "lo", "en"];

const stage = document.querySelector("main");
const card = document.querySelector("#card");
const turns = new Map();
let current = null; // the turn on the screen
let startUp = 30; // ms from asking a clip to play to its first moving frame, as it was of late
let deaf = performance.now(); // since when nobody tells what to show; null: somebody does
let ahead = 0; // seconds by which the time that the screen believes is ahead of the clock

// --- Turns ----------------------------------------------------------------------------------

class Turn {
  constructor(order) {
    Object.assign(this, order);
    const shift = performance.now() - Date.now();
    this.begins = 1000 * order.begins + shift;
    this.ends = 1000 * order.ends + shift;
    this.made = performance.now();
    this.begun = null;
    this.frames = 0;
    this.position = 0;
    this.late = null;
    this.lates = [];
    this.over = false;
    this.layer = document.createElement(this.kind === "photo" ? "img" : "video");
    this.layer.className = "layer";
    stage.append(this.layer);
    this.load();
  }

  async load() {
    try {
      await (this.kind === "photo" ? this.loadPhoto() : this.loadClip());
    } catch (error) {
      this.fail(error.message);
    }
    if (this.over) return;
    if (performance.now() >= this.ends) return this.fail("it was ready after its end");
    this.ready = true;
    const lead = this.kind === "photo" ? 0 : startUp;
    this.timer = setTimeout(() => this.begin(), this.begins - performance.now() - lead);
  }

  async loadPhoto() {
    this.layer.src = this.url;
    await this.layer.decode();
  }

  async loadClip() {
    const clip = this.layer;
    clip.muted = true;
    clip.preload = "auto";
    clip.disableRemotePlayback = true;
    clip.addEventListener("error", () => this.fail(clip.error?.message || "it cannot be decoded"));
    clip.addEventListener("ended", () => this.checkWhole());
    clip.src = this.url;
    await happens(clip, "loadeddata");
    if (performance.now() > this.begins + TOO_LATE) {
      clip.currentTime = this.due(150);
      await happens(clip, "seeked");
    }
  }

  /** Where a clip should be, in seconds, some ms from now. */
  due(ms = 0) {
    return Math.max(0, performance.now() + ms - this.begins) / 1000;
  }

  begin() {
    if (this.over) return;
    if (this.kind !== "photo") {
      this.asked = performance.now();
      this.layer.requestVideoFrameCallback((now, frame) => this.presented(now, frame));
      this.layer.play().catch((error) => this.fail(error.message));
    }
    this.timer = setTimeout(() => this.reveal(), this.begins - performance.now());
  }

  reveal() {
    if (this.over) return;
    const before = current;
    current = this;
    this.begun = performance.now();
    this.timer = setTimeout(() => this.end(), this.ends - this.begun);
    if (this.kind === "photo") this.frames = 1;
    else this.layer.muted = !this.sound;
    this.layer.style.zIndex = 2;
    if (before) before.layer.style.zIndex = 1;
    const fade = before && !cardIsShown() ? FADE : 0;
    if (fade) {
      this.layer.animate([{ opacity: 0 }, { opacity: 1 }], { duration: fade });
      fadeSound(before.layer, this.layer, fade);
    }
    // What was there stays behind until this one certainly is on the screen.
    setTimeout(() => {
      before?.dispose();
      if (current === this) hideCard();
    }, fade + 50);
    caption(this);
  }

  presented(now, frame) {
    if (this.over && current !== this) return;
    const clip = this.layer;
    if (!this.counted && this.asked) startUp += 0.3 * (clamp(now - this.asked, 0, 200) - startUp);
    this.frames += Math.max(1, frame.presentedFrames - (this.counted ?? frame.presentedFrames));
    this.counted = frame.presentedFrames;
    this.position = frame.mediaTime;
    this.lastFrame = performance.now();
    const late = frame.expectedDisplayTime - this.begins - 1000 * frame.mediaTime;
    this.lates.push(late);
    this.late = this.late === null ? late : this.late + 0.25 * (late - this.late);
    this.steer();
    clip.requestVideoFrameCallback((again, next) => this.presented(again, next));
  }

  /** Keep a clip where the clock says that it is. */
  steer() {
    const clip = this.layer;
    if (Math.abs(this.late) > TOO_LATE) {
      if (this.due() < clip.duration && performance.now() > (this.jumped ?? 0) + 2000) {
        this.jumped = performance.now();
        this.late = null;
        clip.currentTime = this.due(150);
      }
    } else {
      const off = Math.abs(this.late) > IN_STEP ? this.late / 1000 : 0;
      const rate = 1 + clamp(off, -MOST_STEER, MOST_STEER);
      if (clip.playbackRate !== rate) clip.playbackRate = rate;
    }
  }

  /** A damaged clip ends like a whole one, only sooner. */
  checkWhole() {
    if (this.layer.currentTime < 0.9 * this.seconds - 0.5) {
      this.fail(`ended after ${this.layer.currentTime.toFixed(1)} of ${this.seconds} s`);
    }
  }

  look() {
    const now = performance.now();
    if (!this.ready && now > Math.max(this.begins, this.made) + STALL) {
      this.fail("it is not ready");
    } else if (this.begun && this.kind !== "photo" && !this.layer.ended) {
      const moved = Math.max(this.begun, this.lastFrame ?? 0);
      if (now - moved > STALL) this.fail(`stood still at ${this.position.toFixed(1)} s`);
    }
  }

  shown() {
    const until = Math.min(performance.now(), this.ends);
    return this.begun ? Math.max(0, until - this.begun) / 1000 : 0;
  }

  end() {
    if (this.over) return;
    this.over = true;
    tell(this, "ended");
  }

  fail(detail) {
    if (this.over) return;
    this.over = true;
    tell(this, "failed", detail);
    if (current === this) showCard();
    else this.dispose();
  }

  dispose() {
    this.over = true;
    clearTimeout(this.timer);
    if (current === this) current = null;
    turns.delete(this.turn);
    if (this.kind !== "photo") {
      this.layer.muted = true;
      this.layer.pause();
      this.layer.removeAttribute("src");
      this.layer.load();
    }
    this.layer.remove();
  }
}

// --- What is shown ----------------------------------------------------------------------------

function want(state) {
  ahead = state.ahead;
  const wanted = new Set(state.turns.map((order) => order.turn));
  for (const turn of [...turns.values()]) {
    // What is on the screen stays until something else is; the rest is given up.
    if (!wanted.has(turn.turn) && turn !== current && !turn.begun) turn.dispose();
  }
  for (const order of state.turns) {
    if (!turns.has(order.turn)) turns.set(order.turn, new Turn(order));
  }
  if (!state.turns.length) showCard();
}

function showCard() {
  card.hidden = false;
  caption(null);
  current?.dispose();
}

function hideCard() {
  card.hidden = true;
}

function cardIsShown() {
  return !card.hidden;
}

function fadeSound(before, after, duration) {
  const began = performance.now();
  const step = () => {
    const part = clamp((performance.now() - began) / duration, 0, 1);
    before.volume = 1 - part;
    after.volume = part;
    if (part < 1) requestAnimationFrame(step);
  };
  step();
}

// --- Words ------------------------------------------------------------------------------------

const bar = document.querySelector("#caption");
const ticker = document.querySelector("#urgent");
const clock = document.querySelector("#clock");
const hours = new Intl.DateTimeFormat("vi-VN", {
  timeZone: "Asia/Ho_Chi_Minh",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
let changing = null;

function caption(turn) {
  clearInterval(changing);
  bar.hidden = ticker.hidden = true;
  if (turn?.urgent?.length) return run(turn.urgent);
  const lines = Object.entries(turn?.captions ?? {}).filter(([, line]) => line);
  if (!lines.length || !CAPTIONS) return;
  lines.sort(([one], [other]) => rank(one) - rank(other) || one.localeCompare(other));
  takeTurns(lines, turn);
}

function rank(language) {
  const at = LANGUAGES.indexOf(language.split("-")[0]);
  return at < 0 ? LANGUAGES.length : at;
}

function takeTurns(lines, turn) {
  const each = clamp((turn.ends - turn.begins) / lines.length, 3000, 8000);
  let at = 0;
  const next = () => {
    const [language, line] = lines[at++ % lines.length];
    const words = bar.firstElementChild;
    words.lang = language;
    words.textContent = line;
    bar.hidden = false;
    fit(words);
  };
  next();
  changing = setInterval(next, each);
}

/** As large as two lines allow. */
function fit(words) {
  const style = getComputedStyle(words);
  const fits = (size) => {
    words.style.fontSize = `${size}px`;
    const line = Number.parseFloat(style.lineHeight);
    return words.scrollHeight <= Math.min(2.2 * line, bar.clientHeight) && words.scrollWidth <= words.clientWidth;
  };
  let [small, large] = [2, bar.clientHeight * 0.36];
  if (fits(large)) return;
  while (large - small > 0.5) {
    const size = (small + large) / 2;
    if (fits(size)) small = size;
    else large = size;
  }
  fits(small);
}

/** A notice's words go by the clock, on over its turns: however short those are, all is seen. */
function run(lines) {
  const words = ticker.firstElementChild;
  words.replaceChildren(
    ...lines.map(([language, line]) => {
      const part = document.createElement("b");
      part.lang = language;
      part.textContent = `${line}   •   `;
      return part;
    }),
  );
  ticker.hidden = false;
  words.getAnimations().forEach((each) => each.cancel());
  const length = words.scrollWidth;
  const duration = (1000 * length) / (0.12 * innerWidth);
  const way = [{ transform: "none" }, { transform: `translateX(-${length}px)` }];
  const running = words.animate(way, { duration, iterations: Infinity });
  running.startTime = performance.now() - (believed() % duration);
}

/** The time that the screen believes, in ms since 1970. */
function believed() {
  return Date.now() + 1000 * ahead;
}

function tellTime() {
  clock.hidden = !CLOCK;
  const now = hours.format(believed());
  if (clock.textContent !== now) clock.textContent = now;
}

// --- Reports ----------------------------------------------------------------------------------

let reports = [];
let reporting = false;

function tell(turn, state, detail = "") {
  const lates = turn.lates.sort((one, other) => one - other);
  turn.lates = [];
  reports.push({
    turn: turn.turn,
    state,
    detail: detail.slice(0, 200),
    seconds: turn.shown(),
    position: turn.position,
    frames: turn.frames,
    late: lates[lates.length >> 1] ?? null,
  });
  report();
}

/** Said with a frame alone: a page that paints nothing any more falls silent, and is replaced. */
function report() {
  if (reporting) return;
  reporting = true;
  requestAnimationFrame(async () => {
    const body = JSON.stringify(reports);
    reports = [];
    try {
      await fetch("told", { method: "POST", body });
    } catch {
      // Whoever should hear it is gone; `deaf` leads to the safe card.
    }
    reporting = false;
    if (reports.length) report();
  });
}

function look() {
  const now = performance.now();
  for (const turn of [...turns.values()]) if (!turn.over) turn.look();
  if (current && now > current.ends + STALL) showCard();
  if (deaf !== null && now - deaf > STALL) want({ ahead, turns: [] });
  tellTime();
  if (current && !current.over) tell(current, "shown");
  else report();
}

/** Which turn has the screen to itself, and where it is; null while it changes. */
function glance() {
  if (!current?.begun || cardIsShown() || performance.now() - current.begun < FADE + 500) return null;
  return { turn: current.turn, position: current.position };
}

// A module of the code is so many whole pixels, or no camera reads it.
const mark = document.querySelector("#mark");
const modules = mark.firstElementChild?.viewBox.baseVal.width ?? 1;
mark.style.setProperty("--modules", `${modules}px`);

const device = document.querySelector("#device");
const fresh = 1000 * Number(device.dataset.seconds);
device.hidden = fresh <= 0;
setTimeout(() => {
  device.hidden = true;
}, fresh);

const orders = new EventSource("orders");
orders.onopen = () => {
  deaf = null;
};
orders.onerror = () => {
  deaf ??= performance.now();
};
orders.onmessage = (event) => want(JSON.parse(event.data));
tellTime();
// Nothing is said before the page is certainly on the screen: a curtain hides the window until then.
requestAnimationFrame(() => requestAnimationFrame(() => setInterval(look, BEAT)));

// ----------------------------------------------------------------------------------------------

function happens(target, name) {
  return new Promise((resolve, reject) => {
    target.addEventListener(name, resolve, { once: true });
    target.addEventListener("error", () => reject(new Error(target.error?.message || name)), { once: true });
  });
}

function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}
