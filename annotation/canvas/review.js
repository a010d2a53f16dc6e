// The reviewer's page: what annotators made of the model's masks, to approve or to send back.

import { Bench, VERDICTS } from "./bench.js";
import { button } from "./commands.js";
import { Mask } from "./mask.js";
import { fromText } from "./runs.js";
import { Service } from "./service.js";
import { offerSignOut, signIn, signInAgain } from "./sign_in.js";
import { capital, sentence } from "./words.js";

const WORDS = { title: "Review masks", note: "Your name goes into the record of every mask you decide about." };
const FLICKER = 500; // milliseconds
const DECIDED = { approve: "approved", send_back: "sent back" };
const SIDE = `
  <section><h2>Waiting <span class="left"></span></h2><p class="facts"></p>
    <p class="legend of-photo"><i class="added"></i> added <i class="removed"></i> taken away <i class="same"></i> the same</p></section>
  <section class="of-photo"><h2>Remark</h2>
    <textarea rows="3" maxlength="2000" aria-label="Remark" placeholder="What is wrong? Click on the photo to point at it."></textarea>
    <p class="pinned"></p></section>
  <section class="verdicts" role="group" aria-label="Decision"></section>
  <section class="of-photo"><h2>History of this photo</h2><ol class="history"></ol></section>
  <section class="me"></section>`;

export async function mount({ element, root, tell }) {
  const place = element.querySelector(".canvas-place");
  const service = new Service(root);
  await signIn(place, service, WORDS);
  tell({ token: service.token });
  await new Review(place, service).next();
}

class Review {
  constructor(place, service) {
    Object.assign(this, { service, record: null, busy: false, later: new Set(), remarks: new Map(), flickering: null });
    const decisions = [
      { key: "A", label: "Approve", hint: "The mask is right", group: "verdict", run: () => this.decide("approve") },
      { key: "S", label: "Send back", hint: "With the remark, to whoever made it", group: "verdict", run: () => this.decide("send_back") },
      { key: "J", label: "Later", hint: "The next one first", group: "verdict", run: () => this.postpone() },
      { key: ",", label: "Last one again", hint: "Back to what you decided before, to decide otherwise", group: "verdict", run: () => this.goBack() },
    ];
    this.bench = new Bench(place, { title: "Review masks", commands: decisions, side: SIDE, pinning: true, looks: this.looks() });
    this.editor = this.bench.editor;
    this.bench.find(".verdicts").append(...decisions.map((each) => button(each, this.editor)));
    this.editor.addEventListener("pin", () => this.showPin());
    this.editor.look("difference");
    offerSignOut(this.bench.find(".me"), service);
  }

  looks() {
    const difference = {
      key: "D",
      label: "Difference",
      hint: "Blue: added to the model's mask; orange: taken away",
      group: "look",
      pressed: (editor) => editor.painting.style === "difference",
      run: (editor) => editor.look("difference"),
    };
    const flicker = {
      key: "T",
      label: "Flicker",
      hint: "The model's mask and the annotator's, in turns",
      group: "look",
      pressed: () => this.flickering !== null,
      run: () => (this.flickering === null ? this.flicker() : this.hold()),
    };
    return [difference, flicker];
  }

  // ------------------------------------------------------------------ records

  async next() {
    await this.alone(async () => {
      const waiting = await this.service.json("GET", "/reviews");
      this.bench.show(".left", `(${waiting.length})`);
      if (waiting.every(({ id }) => this.later.has(id))) this.later.clear();
      const chosen = waiting.find(({ id }) => !this.later.has(id));
      if (chosen) await this.show(chosen.id);
      else this.showEmpty();
    });
  }

  // With each press one decision further back.
  async goBack() {
    await this.alone(async () => {
      const decided = await this.service.json("GET", "/reviews/decided");
      const before = decided[decided.findIndex(({ id }) => id === this.record?.id) + 1];
      if (before) await this.show(before.id);
      else this.bench.say(`You have decided about ${decided.length ? "nothing before this" : "no mask yet"}.`);
    });
  }

  // One thing at a time: what is decided belongs to the record that is seen. Gives whether the act succeeded.
  async alone(act) {
    if (this.busy) return false;
    const remark = this.bench.find("textarea");
    this.busy = this.editor.stage.inert = remark.readOnly = true;
    try {
      await act();
      return true;
    } catch (error) {
      this.bench.alarm(sentence(error), this.record ? null : () => this.next());
      if (error.status === 401) {
        await signInAgain(this.service, error.message);
        if (this.record) this.bench.alarm("Signed in again; go on.");
        else this.bench.alarm("Signed in again. Press J to go on.", () => this.next());
      }
      return false;
    } finally {
      this.busy = this.editor.stage.inert = remark.readOnly = false;
    }
  }

  async show(id) {
    this.hold();
    this.keepRemark();
    delete this.bench.root.dataset.photo;
    const record = await this.service.json("GET", `/records/${id}`);
    const { editor } = this;
    if (record.photo_id !== this.record?.photo_id) {
      const blob = await this.service.blob(`/photos/${record.photo_id}`);
      await editor.open(blob, record.width, record.height, fromText(record.mask));
    } else {
      // The same photo again: keep zoom and place.
      editor.mask.replace(Mask.fromRuns(fromText(record.mask), record.width, record.height).pixels);
    }
    this.record = record;
    this.before = Mask.fromRuns(fromText(record.model_mask), record.width, record.height);
    this.after = editor.mask;
    editor.painting.other = this.before;
    editor.drawAll();
    this.bench.root.classList.remove("empty");
    this.bench.alarm("");
    this.showFacts(record);
    this.takeUpRemark(record);
    this.bench.root.dataset.photo = record.photo_id;
  }

  showFacts(record) {
    const own = record.annotator === this.service.name ? " (you; somebody else approves it)" : "";
    const decided = record.state === "waiting" ? "" : `Already ${record.state.replace("_", " ")}. `;
    this.bench.show(
      ".facts",
      `${decided}${record.annotator}${own}: ${VERDICTS[record.verdict]}, ${Math.round(record.seconds)} s; ` +
        `${Math.round(100 * record.iou)} % as ${record.model_id.split("@")[0]} had it (IoU); ` +
        `${record.width} × ${record.height}, ${record.source}, ${record.licence}`,
    );
    this.bench.find(".history").replaceChildren(...record.history.map((each) => this.entry(each)));
  }

  entry(each) {
    const line = document.createElement("li");
    const open = document.createElement("button");
    open.type = "button";
    open.textContent = `${each.at.slice(0, 16).replace("T", " ")} ${each.annotator}: ${VERDICTS[each.verdict]}, ${each.state.replace("_", " ")}`;
    open.setAttribute("aria-current", each.id === this.record.id);
    open.addEventListener("click", () => this.alone(() => this.show(each.id)));
    line.append(open);
    for (const remark of each.remarks) {
      const said = document.createElement("p");
      said.textContent = `${remark.reviewer}: ${DECIDED[remark.decision]}${remark.text ? `, “${remark.text}”` : ""}`;
      line.append(said);
    }
    return line;
  }

  showEmpty() {
    this.hold();
    this.keepRemark();
    this.bench.find("textarea").value = "";
    this.record = this.before = this.after = null;
    this.editor.painting.other = null;
    this.bench.show(".facts", "");
    this.bench.find(".history").replaceChildren();
    this.bench.empty("Nothing waits for review. Press J to look again.", () => this.next(), "Look again");
  }

  // What was said about a record and not sent yet is there again when the record is.
  keepRemark() {
    if (this.record) this.remarks.set(this.record.id, { text: this.bench.find("textarea").value, pin: this.editor.pinned });
  }

  takeUpRemark({ id, history }) {
    const said = history.find((each) => each.id === id).remarks.at(-1);
    const sent = said && { text: said.text, pin: said.x === null ? null : { x: said.x, y: said.y } };
    const { text, pin } = this.remarks.get(id) || sent || { text: "", pin: null };
    this.bench.find("textarea").value = text;
    this.editor.pinned = pin;
    this.editor.drawMarks();
    this.showPin();
  }

  showPin() {
    const { pinned } = this.editor;
    this.bench.show(".pinned", pinned ? `Points at ${pinned.x}, ${pinned.y}` : "");
  }

  // ------------------------------------------------------------------ flicker

  flicker() {
    if (!this.record) return;
    const { editor } = this;
    const style = editor.painting.style;
    editor.painting.other = null;
    if (style === "difference") editor.look("tint");
    this.bench.say("The model's mask and the annotator's, in turns; T holds.");
    this.flickering = { style, timer: setInterval(() => this.turnOver(), FLICKER) };
    editor.tell("tool");
  }

  turnOver() {
    this.editor.mask = this.editor.mask === this.after ? this.before : this.after;
    this.editor.drawMask();
  }

  // Back to how it was before the flicker.
  hold() {
    if (!this.flickering) return;
    const { style, timer } = this.flickering;
    clearInterval(timer);
    this.flickering = null;
    this.editor.mask = this.after;
    this.editor.painting.other = this.before;
    this.editor.look(style);
  }

  // ------------------------------------------------------------------ decisions

  async decide(decision) {
    if (!this.record || this.busy) return;
    const text = this.bench.find("textarea").value.trim();
    if (decision === "send_back" && !text) {
      this.bench.find("textarea").focus();
      return this.bench.say("Say in a few words what is wrong, then send it back.");
    }
    const place = this.editor.pinned || { x: null, y: null };
    const remark = decision === "approve" && this.wasSaid(text) ? { text: "", x: null, y: null } : { text, ...place };
    const decided = await this.alone(async () => {
      await this.service.json("POST", `/records/${this.record.id}/review`, { decision, ...remark });
      this.bench.say(`${capital(DECIDED[decision])}.`);
    });
    if (decided) await this.next();
  }

  // Whether this is what the mask was sent back with, which is no remark about a mask that is right after all.
  wasSaid(text) {
    const said = this.record.history.find(({ id }) => id === this.record.id).remarks.at(-1);
    return said?.decision === "send_back" && said.text === text;
  }

  async postpone() {
    if (this.record) this.later.add(this.record.id);
    await this.next();
  }
}
