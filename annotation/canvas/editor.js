// One mask under correction: what is shown, what is done to it, and how to take it back. Knows nothing of servers: who
// answers prompts is given as `assist`, and who wants to know of acts listens to "act".

import { gestures } from "./gestures.js";
import { History } from "./history.js";
import { Marks } from "./marks.js";
import { Mask, union } from "./mask.js";
import { Painting } from "./painting.js";
import { fromRuns, toRuns } from "./runs.js";
import { remember, taste } from "./taste.js";
import { View } from "./view.js";

const MOST_POINTS = 50;
const NO_PROMPT = { points: [], box: null };
const OPPOSITE = { brush: "eraser", eraser: "brush", positive: "negative", negative: "positive", lasso: "unlasso", unlasso: "lasso" };

export class Editor extends EventTarget {
  constructor(stage, { assist = null, readOnly = false } = {}) {
    super();
    stage.innerHTML = `<canvas class="photo" aria-hidden="true"></canvas><canvas class="mask" aria-hidden="true"></canvas>
      <svg class="marks" aria-hidden="true"></svg><div class="brush" aria-hidden="true"></div>`;
    Object.assign(this, { stage, assist, readOnly });
    const [photo, mask] = stage.querySelectorAll("canvas");
    this.painting = new Painting(photo, mask);
    this.marks = new Marks(stage.querySelector(".marks"));
    this.cursor = stage.querySelector(".brush");
    this.tool = readOnly ? "pin" : "brush";
    this.size = 24;
    Object.assign(this.painting, { style: taste.style, opacity: taste.opacity });
    this.turn = Date.now(); // of prompts; greater on a reloaded page, so that the server does not take them for old ones
    this.reset(1, 1);
    gestures(stage, this);
    new ResizeObserver(() => this.resize()).observe(stage);
  }

  // ------------------------------------------------------------------ the photo and its mask

  // Open a photo: its file, its size, and the runs of the mask to begin with (the model's).
  async open(blob, width, height, runs) {
    this.reset(width, height, runs);
    await this.painting.load(blob);
    this.size = Math.max(1, Math.round(Math.max(width, height) * taste.brush));
    this.resize();
    this.view.fit();
    this.drawAll();
    this.tell("open");
  }

  reset(width, height, runs = null) {
    this.cancel();
    this.start = runs ? fromRuns(runs, width * height) : new Uint8Array(width * height);
    this.mask = new Mask(width, height, this.start.slice());
    this.history = new History(this.mask);
    this.view = new View(width, height);
    this.prompt = this.settledPrompt = NO_PROMPT;
    this.choice = null;
    this.line = null;
    this.edits = 0;
  }

  // Take up work that was left, with the acts that led to it: undo goes on where it was, and never behind it.
  restore(runs, drawn, prompt, acts) {
    const size = this.mask.pixels.length;
    const [hand, byHand] = [fromRuns(runs, size), fromRuns(drawn, size)];
    for (let at = 0; at < size; at++) this.mask.pixels[at] = hand[at] | (byHand[at] << 1);
    this.history = new History(this.mask, acts);
    this.prompt = this.settledPrompt = prompt;
    this.drawAll();
  }

  get drawnRuns() {
    return toRuns(this.mask.pixels, 1);
  }

  get changed() {
    return this.mask.pixels.some((value, at) => (value & 1) !== this.start[at]);
  }

  // What was done and not undone, for the record.
  get trail() {
    return this.history.done.map(({ name, prompt, assistant }) => ({ name, ...(prompt && { prompt, assistant }) }));
  }

  // ------------------------------------------------------------------ acts

  // Run something that changes the mask and returns the box it touched, as one act.
  act(name, change) {
    if (this.readOnly) return false;
    this.finishLine();
    return this.close(name, change());
  }

  close(name, box, extra = {}) {
    const act = { name, before: this.settledPrompt, after: this.prompt, ...extra };
    const changed = this.history.close(box, act);
    this.settledPrompt = this.prompt;
    this.choice = null;
    if (changed) this.edits++;
    this.redraw(box);
    this.tell("act");
    return changed;
  }

  undo() {
    if (this.readOnly) return;
    if (this.line) return this.abandonLine();
    if (this.asking) return this.forgetQuestion();
    this.step(this.history.undo(), "before");
  }

  redo() {
    if (this.readOnly) return;
    this.cancel();
    this.step(this.history.redo(), "after");
  }

  step(act, side) {
    if (!act) return this.say(side === "before" ? "there is nothing to undo" : "there is nothing to do again");
    this.prompt = this.settledPrompt = act[side];
    this.choice = null;
    this.edits++;
    this.redraw(act.box);
    this.tell("act");
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
    this.act("clear", () => ((this.prompt = NO_PROMPT), this.mask.clear()));
  }

  backToStart() {
    this.act("model's mask", () => ((this.prompt = NO_PROMPT), this.mask.replace(this.start)));
  }

  // ------------------------------------------------------------------ drawing by hand: brush, eraser, lasso, box

  // Begin a line at a place of the photo; `erase` when the pen is turned or the other button pressed.
  beginLine(place, erase = false) {
    this.finishLine();
    const tool = erase ? OPPOSITE[this.tool] || this.tool : this.tool;
    if (tool === "pin") return this.pin(place);
    if (this.readOnly) return;
    if (tool === "positive" || tool === "negative") return this.point(place, tool === "positive" ? 1 : 0);
    const at = this.pixel(place);
    this.line = { tool, points: [at], box: null };
    if (tool === "brush" || tool === "eraser") this.stamp(at, at);
    this.drawMarks();
  }

  continueLine(places) {
    if (!this.line) return;
    for (const place of places) {
      const at = this.pixel(place);
      const last = this.line.points.at(-1);
      if (at.x === last.x && at.y === last.y) continue;
      if (this.line.tool === "brush" || this.line.tool === "eraser") this.stamp(last, at);
      this.line.points.push(at);
    }
    if (this.line.tool === "lasso" || this.line.tool === "unlasso" || this.line.tool === "box") this.drawMarks();
  }

  finishLine() {
    const line = this.line;
    if (!line) return;
    this.line = null;
    if (line.tool === "box") this.box(line.points[0], line.points.at(-1));
    else if (line.tool === "brush" || line.tool === "eraser") this.close(line.tool, line.box);
    else if (line.points.length > 2) this.close("lasso", this.mask.fill(line.points, line.tool === "lasso"));
    this.drawMarks();
  }

  abandonLine() {
    const box = this.line?.box;
    this.line = null;
    this.history.abandon(box);
    this.redraw(box);
  }

  stamp(from, to) {
    const box = this.mask.stroke(from, to, (this.size - 1) / 2, this.line.tool === "brush");
    this.line.box = union(this.line.box, box);
    this.redraw(box);
  }

  pixel({ x, y }) {
    return { x: Math.round(x), y: Math.round(y) };
  }

  // ------------------------------------------------------------------ the assistant

  point(place, label) {
    const { x, y } = this.pixel(place);
    if (x < 0 || y < 0 || x >= this.mask.width || y >= this.mask.height) return;
    const points = [...this.prompt.points, [x, y, label]].slice(-MOST_POINTS);
    this.propose({ ...this.prompt, points });
  }

  box(from, to) {
    const box = this.mask.inside({
      left: Math.min(from.x, to.x),
      top: Math.min(from.y, to.y),
      right: Math.max(from.x, to.x) + 1,
      bottom: Math.max(from.y, to.y) + 1,
    });
    if (!box || box.right - box.left < 4 || box.bottom - box.top < 4) return;
    this.propose({ points: [], box: [box.left, box.top, box.right, box.bottom] });
  }

  async propose(prompt) {
    if (!this.assist) return this.say("there is no assistant here; use the brush");
    this.cancel();
    const turn = ++this.turn;
    this.prompt = prompt;
    this.asking = new AbortController();
    this.drawMarks();
    this.tell("asking");
    try {
      const question = { prompt, runs: this.mask.toRuns(), turn };
      const answer = await this.assist(question, this.asking.signal);
      if (turn === this.turn) this.take(answer, 0);
    } catch (error) {
      if (turn !== this.turn) return;
      this.prompt = this.settledPrompt;
      this.say(error.message);
    } finally {
      if (turn === this.turn) this.asking = null;
      this.drawMarks();
      this.tell("asking");
    }
  }

  // Put one of an answer's proposals into the mask. What was drawn meanwhile is drawn by hand, and stays.
  take(answer, which) {
    this.finishLine();
    const { box, pixels } = answer.proposals[which];
    const changes = box && this.mask.propose(box, pixels);
    const extra = { keep: true, prompt: this.prompt, assistant: answer.assistant };
    if (!this.close("prompt", changes, extra)) return;
    this.choice = { answer, which };
    this.say(this.aboutProposal());
    this.tell("act");
  }

  aboutProposal() {
    const { answer, which } = this.choice;
    const { box } = this.history.done.at(-1);
    const many = answer.proposals.length;
    const said = `${answer.assistant}, ${Math.round(answer.seconds * 1000)} ms${many > 1 ? `, proposal ${which + 1} of ${many} (C for the next)` : ""}`;
    if (!box) return `${said}: nothing changes here, and what was drawn by hand stays as it is.`;
    const small = (box.right - box.left) * (box.bottom - box.top) < this.mask.pixels.length / 1000;
    return small && !this.prompt.box ? `${said}: a small change. A box (R) around the hand finds more.` : `${said}.`;
  }

  chooseNext() {
    if (this.readOnly || !this.choice || this.choice.answer.proposals.length < 2) return this.say("there is no other proposal to choose");
    const { answer, which } = this.choice;
    const { box, before, after } = this.history.undo();
    this.redraw(box);
    [this.settledPrompt, this.prompt] = [before, after];
    this.take(answer, (which + 1) % answer.proposals.length);
  }

  forgetPrompt() {
    if (this.line) return this.abandonLine();
    this.cancel();
    this.prompt = this.settledPrompt = NO_PROMPT;
    this.drawMarks();
  }

  forgetQuestion() {
    this.cancel();
    this.drawMarks();
    this.tell("asking");
  }

  // No answer that is still on its way will change anything.
  cancel() {
    this.asking?.abort();
    this.asking = null;
    this.turn++;
    this.prompt = this.settledPrompt;
  }

  // ------------------------------------------------------------------ tools and looks

  use(tool) {
    this.finishLine();
    this.tool = tool;
    this.drawMarks();
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
    this.size = Math.max(1, Math.min(2000, size));
    remember("brush", this.size / Math.max(this.mask.width, this.mask.height));
    this.drawCursor();
    this.tell("tool");
  }

  look(style) {
    this.painting.style = style;
    if (!this.readOnly) remember("style", style);
    this.drawMask();
    this.tell("tool");
  }

  hide(hidden) {
    if (this.painting.hidden === hidden) return;
    this.painting.hidden = hidden;
    this.drawMask();
  }

  setOpacity(opacity) {
    this.painting.opacity = opacity;
    remember("opacity", opacity);
    this.drawMask();
  }

  pin(place) {
    const { x, y } = this.pixel(place);
    if (x < 0 || y < 0 || x >= this.mask.width || y >= this.mask.height) return;
    this.pinned = { x, y };
    this.drawMarks();
    this.tell("pin");
  }

  // ------------------------------------------------------------------ drawing on the screen, at most once per frame

  resize() {
    const ratio = devicePixelRatio || 1;
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !clientHeight) return;
    const [width, height] = [Math.round(clientWidth * ratio), Math.round(clientHeight * ratio)];
    this.painting.resize(width, height);
    this.view.resize(width, height);
    this.paintAll(); // at once: a resized canvas is empty
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
    this.tell("view");
  }

  drawMarks() {
    // Points and boxes are in the way of a brush.
    const prompt = ["positive", "negative", "box"].includes(this.tool) ? this.prompt : NO_PROMPT;
    this.marks.draw(this.view, { prompt, line: this.line, pinned: this.pinned });
  }

  drawCursor(place = this.pointer) {
    this.pointer = place;
    const brush = this.tool === "brush" || this.tool === "eraser";
    this.cursor.hidden = !place || !brush;
    this.stage.dataset.tool = this.tool;
    if (this.cursor.hidden) return;
    const across = Math.max(3, (this.size * this.view.scale) / (devicePixelRatio || 1));
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
