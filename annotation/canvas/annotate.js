// The annotator's page: one photo of the queue after the other.

import { assistant, Bench, pause, VERDICTS } from "./bench.js";
import { button } from "./commands.js";
import { dropDraft, dropOldDrafts, findDraft, keepDraft } from "./drafts.js";
import { fromText, toText } from "./runs.js";
import { Service } from "./service.js";
import { sha256 } from "./sha256.js";
import { offerSignOut, signIn } from "./sign_in.js";
import { Stopwatch } from "./stopwatch.js";

const SERVER_DRAFT_EVERY = 3000; // milliseconds
const HEARTBEAT = 60_000;
const MOST_STEPS = 500; // that go into a record
const QUEUE_EVERY = 5000;
const RETRY_AFTER = [500, 1000, 2000, 4000];

const SIDE = `
  <section><h4>Why this photo</h4><p class="reason"></p><p class="note"></p><p class="facts"></p></section>
  <section class="verdicts" role="group" aria-label="Verdict"><h4>Verdict</h4></section>
  <section><h4>Assistant</h4><p class="assistant"><span class="dot"></span><span class="assistant-says"></span></p></section>
  <section><h4>Queue</h4><p class="counts"></p><p class="kept"></p></section>
  <section class="me"></section>`;

export async function mount({ element, root }) {
  const place = element.querySelector(".canvas-place");
  const service = new Service(root);
  await signIn(place, service);
  await new Annotate(place, service).next();
}

class Annotate {
  constructor(element, service) {
    Object.assign(this, { service, work: null, busy: false, fetched: new Map(), stopwatch: new Stopwatch() });
    service.page = randomId(); // so that the server tells two pages of one annotator apart
    const verdict = (key, label, hint, name) => ({ key, label, hint, group: "verdict", run: () => this.finish(name) });
    const verdicts = [
      verdict("1", "Accept", "The mask is right as it is", "accepted"),
      verdict("2", "Save edited", "The mask is right now", "edited"),
      verdict("3", "No hand", "There is no hand in the photo", "no_hand"),
      { key: "4", label: "Skip", hint: "Somebody else should look", group: "verdict", run: () => this.skip() },
      verdict("5", "Reject", "The photo is unusable", "rejected"),
      { key: ",", label: "Last one again", hint: "Back to the photo saved before", group: "verdict", run: () => this.goBack() },
    ];
    const save = { key: "Enter", label: "Save", hint: "Accept, or save edited: whichever is true", group: "more", run: () => this.finish("edited") };
    const place = () => `/photos/${this.work.photo_id}`;
    this.assistant = assistant(service, place);
    this.bench = new Bench(element, { commands: [...verdicts, save], side: SIDE, assist: this.assistant.ask });
    this.editor = this.bench.editor;
    this.bench.find(".verdicts").append(...verdicts.map((each) => button(each, this.editor)));
    offerSignOut(this.bench.find(".me"), service, () => this.leave());
    this.editor.addEventListener("act", () => this.keepSoon());
    this.timers = [
      setInterval(() => this.sendDraft(), SERVER_DRAFT_EVERY),
      setInterval(() => this.work && this.send("POST", `/photos/${this.work.photo_id}/renew`, {}), HEARTBEAT),
    ];
    addEventListener("pagehide", () => (this.keep(), this.sendDraft()));
    this.siblings = new BroadcastChannel("handseg");
    this.siblings.addEventListener("message", ({ data }) => this.hearOfSibling(data));
    dropOldDrafts().catch(() => {});
  }

  // ------------------------------------------------------------------ photos

  async next() {
    await this.open(() => this.service.json("POST", "/next", {}));
  }

  async goBack() {
    await this.open(() => this.service.json("POST", "/last", {}), "You have saved no photo yet. Press Enter to go on.");
  }

  // The same photo was opened on another page of this browser: this one lets go of it, so that neither overwrites.
  hearOfSibling({ name, photo_id }) {
    if (name !== this.service.name || photo_id !== this.work?.photo_id) return;
    this.letGo("You have opened this photo on another page. Go on there, or press Enter to go on here.");
  }

  letGo(why) {
    this.keep();
    this.work = null;
    this.editor.readOnly = true;
    this.bench.alarm(why);
  }

  async open(find, ifNone = "") {
    if (this.busy) return;
    this.busy = true;
    try {
      await this.sendDraft();
      this.work = null;
      const { work, counts } = await this.persist(find, "The next photo cannot be fetched");
      this.showCounts(counts);
      if (work) await this.show(work);
      else this.showEmpty(ifNone || emptyBecause(counts));
    } catch (error) {
      this.bench.alarm(error.message);
    } finally {
      this.busy = false;
    }
  }

  async show(work) {
    const blob = await this.persist(() => this.photo(work.photo_id), "The photo cannot be fetched");
    await this.editor.open(blob, work.width, work.height, fromText(work.start));
    clearTimeout(this.keeping);
    Object.assign(this, { work, pending: null, earlier: [], keeping: null, stopwatch: new Stopwatch() });
    this.siblings.postMessage({ name: this.service.name, photo_id: work.photo_id });
    this.bench.alarm("");
    this.bench.show(".kept", "");
    this.bench.root.classList.remove("empty");
    this.bench.show(".reason", work.reason);
    this.bench.show(".note", work.note && `Sent back: ${work.note}`);
    this.bench.show(".facts", `${work.width} × ${work.height}, ${work.source}, ${work.licence}`);
    this.editor.pinned = work.pin;
    await this.restore(work);
    this.editor.readOnly = false;
    this.sent = this.kept = this.editor.edits;
    this.bench.root.dataset.photo = work.photo_id;
    this.assistant.watch(this.bench, () => this.work === work);
    this.fetchAhead(work.upcoming);
  }

  showCounts({ open, done }) {
    this.bench.show(".counts", `${open} to do, ${done} done`);
  }

  showEmpty(why) {
    delete this.bench.root.dataset.photo;
    this.editor.reset(1, 1);
    this.editor.painting.release();
    this.editor.drawAll();
    this.bench.root.classList.add("empty");
    for (const each of [".reason", ".note", ".facts", ".assistant-says"]) this.bench.show(each, "");
    this.bench.alarm(why);
    this.watchQueue();
  }

  // An idle page claims nothing by itself: its annotator may have gone home.
  async watchQueue() {
    if (this.watching) return;
    this.watching = true;
    for (await pause(QUEUE_EVERY); !this.work; await pause(QUEUE_EVERY)) {
      const counts = await this.service.json("GET", "/counts").catch(() => null);
      if (!counts || this.busy || this.work) continue;
      this.showCounts(counts);
      if (counts.yours) this.bench.alarm("There are photos to do. Press Enter to go on.");
    }
    this.watching = false;
  }

  photo(id) {
    if (!this.fetched.has(id)) {
      const fetching = this.service.blob(`/photos/${id}`);
      fetching.catch(() => this.fetched.delete(id));
      this.fetched.set(id, fetching);
    }
    return this.fetched.get(id);
  }

  // The next photo is here before it is asked for; what is neither open nor next is let go.
  fetchAhead(ids) {
    for (const id of this.fetched.keys()) if (id !== this.work.photo_id && !ids.includes(id)) this.fetched.delete(id);
    for (const id of ids) this.photo(id).catch(() => {});
  }

  // ------------------------------------------------------------------ nothing is lost

  get draft() {
    const { editor } = this;
    return {
      mask: toText(editor.mask.toRuns()),
      drawn: toText(editor.drawnRuns),
      prompt: editor.settledPrompt,
      seconds: this.stopwatch.seconds,
      trail: this.trail,
      edits: editor.edits,
      pending: this.pending,
    };
  }

  // What was done to this photo, also before a reload; of very much, the last.
  get trail() {
    return [...this.earlier, ...this.editor.trail].slice(-MOST_STEPS);
  }

  get key() {
    return `${this.service.name} ${this.work.photo_id}`;
  }

  // After what is on the screen was drawn, and once for acts that follow each other at once.
  keepSoon() {
    this.keeping ||= setTimeout(() => this.keep());
  }

  async keep() {
    clearTimeout(this.keeping);
    this.keeping = null;
    if (!this.work || this.kept === this.editor.edits) return;
    this.kept = this.editor.edits;
    try {
      await keepDraft(this.key, { ...this.draft, acts: this.editor.history.done });
      this.bench.show(".kept", "Kept in this browser");
    } catch (error) {
      this.bench.show(".kept", `This browser keeps no drafts (${error.message}); the server does`);
    }
  }

  async sendDraft() {
    if (!this.work || this.editor.readOnly || this.sent === this.editor.edits) return;
    const { edits } = this.editor;
    if (await this.send("PUT", `/photos/${this.work.photo_id}/draft`, this.draft)) {
      this.sent = edits;
      this.bench.show(".kept", "Kept in this browser and on the server");
    }
  }

  // What may fail without harm: it is sent again later anyway.
  async send(method, path, body) {
    try {
      await this.service.json(method, path, body);
      return true;
    } catch (error) {
      if (error.kind === "elsewhere" && !this.busy) this.letGo(sentence(error));
      if (error.kind === "claim" && !this.busy) this.bench.alarm(`${sentence(error)} What you drew is kept in this browser.`);
      return false;
    }
  }

  async restore(work) {
    const local = await findDraft(this.key).catch(() => null);
    const found = [local, work.draft].filter(Boolean).sort((one, other) => other.edits - one.edits)[0];
    if (!found) return;
    const acts = found.acts || [];
    this.editor.restore(fromText(found.mask), fromText(found.drawn), found.prompt, acts);
    this.editor.edits = found.edits;
    this.stopwatch.add(found.seconds);
    this.pending = found.pending;
    this.earlier = acts.length ? found.trail.slice(0, -acts.length) : found.trail;
    const unsaved = found.edits > 0 ? "Your unsaved work on this photo is back." : "This is the mask that was saved.";
    this.bench.say(`${unsaved} M leads to the model's mask.`);
  }

  // ------------------------------------------------------------------ verdicts

  async finish(wanted) {
    if (this.busy) return;
    if (!this.work) return this.next();
    this.editor.finishLine();
    this.editor.cancel();
    const verdict = this.verdict(wanted);
    if (!verdict) return;
    this.busy = this.editor.readOnly = true;
    try {
      await this.save(verdict);
    } catch (error) {
      this.editor.readOnly = false;
      if (error.kind === "elsewhere") return this.letGo(sentence(error));
      return this.bench.alarm(`Not saved: ${error.message}`);
    } finally {
      this.busy = false;
    }
    await this.next();
  }

  // The verdict that is true of the mask, or null if the annotator has to decide first.
  verdict(wanted) {
    if (wanted === "no_hand") {
      if (this.editor.mask.count()) this.editor.clear();
      return wanted;
    }
    if (wanted === "rejected") return wanted;
    if (!this.editor.mask.count()) {
      this.bench.say("The mask is empty. Press 3 if there is no hand in the photo.");
      return null;
    }
    return this.editor.changed ? "edited" : "accepted";
  }

  async save(verdict) {
    const runs = this.editor.mask.toRuns();
    const [digest, pixels] = [sha256(runs), this.editor.mask.count()];
    // The same save, repeated because its answer was lost, has the same number, also after a crash of the page.
    if (this.pending?.digest !== digest || this.pending.verdict !== verdict) this.pending = { id: randomId(), digest, verdict };
    this.kept = null;
    await this.keep();
    const record = {
      id: this.pending.id,
      verdict,
      mask: toText(runs),
      sha256: digest,
      pixels,
      prompts: this.trail,
      seconds: this.stopwatch.seconds,
    };
    const { photo_id } = this.work;
    const stored = await this.persist(() => this.service.json("POST", `/photos/${photo_id}/save`, record), "Not saved yet");
    if (stored.sha256 !== digest || stored.pixels !== pixels) {
      throw new Error(`the server stored ${stored.pixels} pixels, and here are ${pixels}. Your work is kept; save again.`);
    }
    await dropDraft(this.key).catch(() => {});
    this.work = null;
    this.bench.say(`Saved as ${VERDICTS[verdict]}: ${pixels.toLocaleString()} pixels of hand.`);
  }

  async skip() {
    if (this.busy || !this.work) return;
    const { photo_id } = this.work;
    await this.open(async () => {
      await this.service.json("POST", `/photos/${photo_id}/skip`, {});
      this.bench.say("Skipped: somebody else will be asked.");
      return this.service.json("POST", "/next", {});
    });
  }

  // Repeat what fails only for a while, until it succeeds; say so meanwhile.
  async persist(attempt, trouble) {
    for (let tried = 0; ; tried++) {
      try {
        const answer = await attempt();
        if (tried) this.bench.alarm("");
        return answer;
      } catch (error) {
        if (error.status === 401) await signIn(null, this.service, error.message);
        else if (!error.passing) throw error;
        this.bench.alarm(`${trouble}: ${error.message}. Your work is kept in this browser; trying again.`);
        await pause(RETRY_AFTER[Math.min(tried, RETRY_AFTER.length - 1)]);
      }
    }
  }

  async leave() {
    await this.sendDraft();
    if (this.work) await this.send("POST", `/photos/${this.work.photo_id}/release`, {});
  }
}

function emptyBecause({ open, claimed, done }) {
  if (open) return `Nothing is left for you: the ${open} photos to do are with others (${claimed}), or you have skipped them.`;
  if (done) return "All photos are done.";
  return "The queue is empty. Add photos with: python -m annotation add FOLDER --source NAME --licence SPDX";
}

function sentence({ message }) {
  return `${message[0].toUpperCase()}${message.slice(1)}.`;
}

function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
