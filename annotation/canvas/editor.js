// One mask under correction: what is shown, what is done to it, and how to take it back. Knows nothing of servers: who
// answers prompts is given as `assist`, and who wants to know of acts listens to "act".

import { gestures } from "./gestures.js";
import { History } from "./history.js";
import { Marks } from "./marks.js";
import { Mask, union } from "./mask.js";
import { Painting } from "./painting.js";
import { NO_PROMPT, Prompting } from "./prompting.js";
import { fromRuns, toRuns } from "./runs.js";
import { prefer, taste } from "./taste.js";
import { View } from "./view.js";

const OPPOSITE = { brush: "eraser", eraser: "brush", positive: "negative", negative: "positive", lasso: "unlasso", unlasso: "lasso" };
const LABELS = { positive: 1, negative: 0 };
const LARGEST = 2000; // brush, in pixels of the photo
const LARGEST_AT_FIRST = 400; // where the slider ends: what was large on a small photo covers all of a large one
const HARDLY_BEGUN = 250; // milliseconds
const PROMPTING = [...Object.keys(LABELS), "box"];

export class Editor extends EventTarget {
  // A `pinning` editor changes no mask: a click on the photo pins a remark there.
  constructor(stage, { assist = null, pinning = false } = {}) {
    super();
    stage.innerHTML = `<canvas class="photo" aria-hidden="true"></canvas><canvas class="mask" aria-hidden="true"></canvas>
      <svg class="marks" aria-hidden="true"></svg><div class="brush" aria-hidden="true"></div>`;
    Object.assign(this, { stage, pinning, readOnly: pinning, tool: pinning ? "pin" : "brush", size: 24 });
    Object.assign(this, { ratio: devicePixelRatio, photoHeld: false });
    const [photo, mask] = stage.querySelectorAll("canvas");
    this.painting = new Painting(photo, mask);
    Object.assign(this.painting, { style: taste.style, opacity: taste.opacity });
    this.marks = new Marks(stage.querySelector(".marks"));
    this.cursor = stage.querySelector(".brush");
    this.view = new View(1, 1);
    this.prompting = new Prompting(this, assist);
    this.reset(1, 1);
    gestures(stage, this);
    this.watching = new ResizeObserver(() => this.resize());
    this.watching.observe(stage);
    this.watchScreen();
  }

  dispose() {
    this.prompting.cancel();
    this.watching.disconnect();
    this.screen.onchange = null;
    this.painting.release();
  }

  // ------------------------------------------------------------------ the photo and its mask

  // Open a photo: its file, its size, and the runs of the mask to begin with (the model's).
  async open(blob, width, height, runs) {
    this.reset(width, height, runs);
    await this.painting.load(blob);
    this.size = Math.max(1, Math.min(LARGEST_AT_FIRST, Math.round(Math.max(width, height) * taste.brush)));
    this.resize();
    this.view.fit();
    this.drawAll();
    this.tell("open");
  }

  reset(width, height, runs = null) {
    this.line = null;
    this.prompting.reset();
    this.start = runs ? fromRuns(runs, width * height) : new Uint8Array(width * height);
    this.mask = new Mask(width, height, this.start.slice());
    this.history = new History(this.mask);
    this.view = new View(width, height);
    this.pinned = null;
    this.edits = 0;
  }

  // Take up work that was left, with the acts that led to it: undo goes on where it was, and never behind it.
  restore(runs, drawn, prompt, acts) {
    const size = this.mask.pixels.length;
    const [hand, byHand] = [fromRuns(runs, size), fromRuns(drawn, size)];
    for (let at = 0; at < size; at++) this.mask.pixels[at] = hand[at] | (byHand[at] << 1);
    this.history = new History(this.mask, acts);
    this.prompting.settle(prompt);
    this.drawAll();
  }

  // The mask, and what of it was drawn by hand, without a line that is being drawn: it may be given up.
  get settledRuns() {
    return [toRuns(this.history.settled), toRuns(this.history.settled, 1)];
  }

  get changed() {
    return this.mask.pixels.some((value, at) => (value & 1) !== this.start[at]);
  }

  // What was done and not undone, for the record.
  get trail() {
    return this.history.done.map(({ name, prompt, assistant }) => ({ name, ...(prompt && { prompt, assistant }) }));
  }

  // ------------------------------------------------------------------ acts

  // Run something that changes the mask as a whole and returns the box it touched, as one act.
  act(name, change, after = this.prompting.settled) {
    if (this.readOnly) return false;
    this.finishLine();
    this.prompting.cancel();
    return this.close(name, change(), { after });
  }

  close(name, box, { after = this.prompting.settled, ...extra } = {}) {
    const changed = this.history.close(box, { name, before: this.prompting.settled, after, ...extra });
    this.prompting.settle(after);
    if (changed) this.edits++;
    this.redraw(box);
    this.tell("act");
    return changed;
  }

  undo() {
    if (this.readOnly) return;
    if (this.line) return this.abandonLine();
    if (this.prompting.asking) return this.prompting.cancel();
    if (!this.takeBack()) this.say("there is nothing to undo");
  }

  takeBack() {
    return this.step(this.history.undo(), "before");
  }

  redo() {
    if (this.readOnly) return;
    this.finishLine();
    this.prompting.cancel();
    if (!this.step(this.history.redo(), "after")) this.say("there is nothing to do again");
  }

  step(act, side) {
    if (!act) return false;
    this.prompting.settle(act[side]);
    this.edits++;
    this.redraw(act.box);
    this.tell("act");
    return true;
  }

  grow(wider) {
    this.act(wider ? "grow" : "shrink", () => this.mask.grow(wider));
  }

  fillHoles() {
    if (!this.act("fill holes", () => this.mask.fillHoles())) this.say("there are no holes");
  }

  removeSpecks() {
    const area = Math.max(16, Math.round(this.mask.pixels.length / 10000));
    const removed = this.act("remove specks", () => this.mask.removeSpecks(area));
    if (!removed) this.say(`there are no specks of fewer than ${area} pixels`);
  }

  clear() {
    this.act("clear", () => this.mask.clear(), NO_PROMPT);
  }

  backToStart() {
    this.act("model's mask", () => this.mask.replace(this.start), NO_PROMPT);
  }

  chooseNext() {
    if (this.readOnly) return;
    this.finishLine();
    this.prompting.chooseNext();
  }

  forgetPrompt() {
    if (this.line) this.abandonLine();
    else this.prompting.forget();
  }

  // ------------------------------------------------------------------ lines: brush, eraser, lasso, box, points

  // Begin a line at a place of the photo; `erase` when the pen is turned or the other button pressed. Points and pins are
  // lines of one place, and end at once unless they are `patient`.
  beginLine(place, { erase = false, patient = false } = {}) {
    this.finishLine();
    const tool = erase ? OPPOSITE[this.tool] || this.tool : this.tool;
    const at = pixel(place);
    if (this.readOnly && tool !== "pin") return;
    this.line = { tool, points: [at], box: null, began: performance.now(), last: place };
    if (paints(tool)) this.stamp(place);
    if (isOnePlace(tool) && !patient) return this.finishLine();
    this.drawMarks();
  }

  continueLine(places) {
    if (!this.line || isOnePlace(this.line.tool)) return;
    for (const place of places) {
      const at = pixel(place);
      const last = this.line.points.at(-1);
      if (at.x === last.x && at.y === last.y) continue;
      if (paints(this.line.tool)) this.stamp(place);
      this.line.points.push(at);
    }
    if (!paints(this.line.tool)) this.drawMarks();
  }

  finishLine() {
    const { line } = this;
    if (!line) return;
    this.line = null;
    if (line.tool === "pin") this.pin(line.points[0]);
    else if (line.tool in LABELS) this.prompting.point(line.points[0], LABELS[line.tool]);
    else if (line.tool === "box") this.prompting.box(line.points[0], line.points.at(-1));
    else if (paints(line.tool)) this.close(line.tool, line.box);
    else if (line.points.length > 2) this.close("lasso", this.mask.fill(line.points, line.tool === "lasso"));
    this.prompting.lineEnded();
    this.drawMarks();
  }

  abandonLine() {
    const box = this.line?.box;
    this.line = null;
    this.history.abandon(box);
    this.redraw(box);
    this.prompting.lineEnded();
  }

  // Something came in between: what had hardly begun was not meant, and what is more is finished, for undo to decide.
  interruptLine() {
    const begun = this.line?.points.length > 1 && performance.now() - this.line.began > HARDLY_BEGUN;
    if (begun) this.finishLine();
    else this.abandonLine();
  }

  // Move the brush on to a place. So many pixels across: of an odd number, one is in the middle; of an even one, a corner.
  stamp(place) {
    const [centre, radius] = this.size % 2 ? [pixel, (this.size - 1) / 2] : [corner, this.size / 2];
    const box = this.mask.stroke(centre(this.line.last), centre(place), radius, this.line.tool === "brush");
    this.line.last = place;
    this.line.box = union(this.line.box, box);
    this.redraw(box);
  }

  pin({ x, y }) {
    if (x < 0 || y < 0 || x >= this.mask.width || y >= this.mask.height) return;
    this.pinned = { x, y };
    this.drawMarks();
    this.tell("pin");
  }

  // ------------------------------------------------------------------ tools and looks

  use(tool) {
    this.finishLine();
    this.tool = tool;
    this.drawMarks();
    this.drawCursor();
    this.tell("tool");
  }

  useOpposite() {
    this.use(OPPOSITE[this.tool] || this.tool);
  }

  resizeBrush(factor) {
    const step = factor > 1 ? Math.ceil : Math.floor;
    this.setSize(step(this.size * factor));
  }

  setSize(size) {
    this.size = Math.max(1, Math.min(LARGEST, size));
    const share = this.size / Math.max(this.mask.width, this.mask.height);
    if (this.painting.levels.length) prefer("brush", Math.min(1, share)); // the page without a photo has no size
    this.drawCursor();
    this.tell("tool");
  }

  look(style) {
    this.painting.style = style;
    if (!this.pinning) prefer("style", style);
    this.drawMask();
    this.tell("tool");
  }

  hide(hidden) {
    if (this.painting.hidden === hidden) return;
    this.painting.hidden = hidden;
    this.drawMask();
  }

  // While it is held, pointers move the photo and do not draw.
  holdPhoto(held) {
    this.photoHeld = held;
    this.stage.classList.toggle("movable", held);
  }

  setOpacity(opacity) {
    this.painting.opacity = opacity;
    prefer("opacity", opacity);
    this.drawMask();
  }

  // ------------------------------------------------------------------ drawing on the screen, at most once per frame

  // The ratio of screen pixels to CSS pixels is what it was when the view got its size, so that all places fit together.
  resize() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !clientHeight) return;
    this.ratio = devicePixelRatio;
    const [width, height] = [Math.round(clientWidth * this.ratio), Math.round(clientHeight * this.ratio)];
    if (width !== this.view.screenWidth || height !== this.view.screenHeight) this.finishLine(); // it would go on elsewhere
    this.painting.resize(width, height);
    this.view.resize(width, height);
    this.paintAll(); // at once: a resized canvas is empty
  }

  // A window that is moved to a screen with smaller pixels may keep its size in CSS pixels.
  keepRatio() {
    if (this.ratio !== devicePixelRatio) this.resize();
  }

  watchScreen() {
    this.screen = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    this.screen.onchange = () => {
      this.screen.onchange = null;
      this.keepRatio();
      this.watchScreen();
    };
  }

  drawAll() {
    this.later("all");
  }

  drawMask() {
    this.redraw(this.mask.whole);
  }

  redraw(box) {
    if (box) this.later(box);
    this.drawMarks();
  }

  later(what) {
    if (!this.waiting) requestAnimationFrame(() => this.paint());
    this.waiting ||= { box: null, all: false };
    if (what === "all") this.waiting.all = true;
    else this.waiting.box = union(this.waiting.box, what);
  }

  paint() {
    const { all, box } = this.waiting;
    this.waiting = null;
    if (all) this.paintAll();
    else this.painting.drawMask(this.view, this.mask, this.view.screenBox(box));
  }

  paintAll() {
    this.painting.overlay.clearRect(0, 0, this.view.screenWidth, this.view.screenHeight);
    this.painting.drawPhoto(this.view);
    this.painting.drawMask(this.view, this.mask);
    this.drawMarks();
    this.drawCursor();
  }

  drawMarks() {
    // Points and boxes are in the way of a brush.
    const prompt = PROMPTING.includes(this.tool) && this.prompting ? this.prompting.shown : NO_PROMPT;
    this.marks.draw(this.view, this.ratio, { prompt, line: this.line, pinned: this.pinned });
  }

  drawCursor(place = this.pointer) {
    this.pointer = place;
    this.cursor.hidden = !place || !paints(this.tool);
    this.stage.dataset.tool = this.tool;
    if (this.cursor.hidden) return;
    const across = Math.max(3, (this.size * this.view.scale) / this.ratio);
    this.cursor.style.width = this.cursor.style.height = `${across}px`;
    this.cursor.style.transform = `translate(${place.x - across / 2}px, ${place.y - across / 2}px)`;
  }

  say(message) {
    this.dispatchEvent(new CustomEvent("say", { detail: message }));
  }

  tell(event) {
    this.dispatchEvent(new Event(event));
  }
}

function pixel({ x, y }) {
  return { x: Math.round(x), y: Math.round(y) };
}

// The corner of pixels that is nearest.
function corner({ x, y }) {
  return { x: Math.floor(x) + 0.5, y: Math.floor(y) + 0.5 };
}

function isOnePlace(tool) {
  return tool === "pin" || tool in LABELS;
}

function paints(tool) {
  return tool === "brush" || tool === "eraser";
}
