// Keeps the work on one photo: in this browser with every act, and on the server every few seconds.

import { dropDraft, findDraft, keepDraft } from "./drafts.js";
import { fromText, toText } from "./runs.js";
import { Stopwatch } from "./stopwatch.js";

const SERVER_EVERY = 3000; // milliseconds
const TAKEN = ["claim", "elsewhere"]; // kinds of refusals: the photo is somebody else's, or another page's
export const MOST_STEPS = 500; // that go into a record
const MOST_ACTS = 4_000_000; // bytes of acts that are kept in this browser, for undo after a reload

export class Keeper {
  // `say` shows where the work is kept; `refused` hears why the server takes no more of it.
  constructor(service, editor, { say, refused }) {
    Object.assign(this, { service, editor, say, refused, photo: null, sending: null, last: null });
    editor.addEventListener("act", () => this.soon());
    setInterval(() => this.send(), SERVER_EVERY);
    addEventListener("pagehide", () => this.keep());
  }

  // Take up the work on a photo that was just opened; gives the draft or record that it goes on from, or null.
  async begin(work) {
    const { editor } = this;
    this.end();
    Object.assign(this, { base: work.base, version: 0, earlier: [], pending: null, stopwatch: new Stopwatch() });
    this.key = `${this.service.name} ${work.photo_id}`;
    const found = await this.find(work);
    if (found) {
      const acts = [...(found.acts || [])]; // undo takes from them
      editor.restore(fromText(found.mask), fromText(found.drawn), found.prompt, acts);
      this.earlier = acts.length ? found.trail.slice(0, -acts.length) : found.trail;
      this.version = found.version;
      this.pending = found.pending;
      this.stopwatch.add(found.seconds);
    }
    this.photo = work.photo_id;
    this.claimed = true; // until the page learns otherwise; the server takes drafts of nobody else
    this.kept = editor.edits;
    const known = found === work.draft || found === this.last;
    this.sent = known ? editor.edits : null; // the server may not have what this browser has
    this.say("");
    return found;
  }

  // What this browser or this page has, if it began from the same saved mask and knows all that the server has; else the
  // server's.
  async find(work) {
    const local = await findDraft(this.key).catch(() => null);
    const knowsAll = (draft) => draft?.base === work.base && draft.version >= (work.draft?.version ?? 0);
    return [local, this.last].find(knowsAll) || work.draft;
  }

  end() {
    clearTimeout(this.timer);
    Object.assign(this, { photo: null, timer: null });
  }

  // What was done to this photo, also before a reload; of very much, the last.
  get trail() {
    return [...this.earlier, ...this.editor.trail].slice(-MOST_STEPS);
  }

  get draft() {
    const { base, version, pending, editor } = this;
    const [mask, drawn] = editor.settledRuns;
    return {
      base,
      version,
      pending,
      mask: toText(mask),
      drawn: toText(drawn),
      prompt: editor.prompting.settled,
      seconds: this.stopwatch.lap(),
      trail: this.trail,
    };
  }

  // After what is on the screen was drawn, and once for acts that follow each other at once.
  soon() {
    this.timer ||= setTimeout(() => this.keep());
  }

  async keep() {
    clearTimeout(this.timer);
    this.timer = null;
    if (!this.photo || this.kept === this.editor.edits) return;
    this.kept = this.editor.edits;
    try {
      await keepDraft(this.key, { ...this.draft, acts: lastOf(this.editor.history.done) });
      this.say("Kept in this browser");
    } catch (error) {
      this.say(`This browser keeps no drafts (${error.message}); the server does`);
    }
  }

  // One draft at a time is waited for; one that a save stops may still arrive, and is of an older version.
  async send() {
    if (!this.photo || !this.claimed || this.sending || this.sent === this.editor.edits) return;
    const { photo } = this;
    const { edits } = this.editor;
    this.version++;
    this.kept = null; // this browser must know all that the server knows
    this.keep();
    this.stop = new AbortController();
    this.sending = this.service.json("PUT", `/photos/${photo}/draft`, this.draft, this.stop.signal);
    try {
      await this.sending;
      if (photo !== this.photo) return;
      this.sent = edits;
      this.say("Kept in this browser and on the server");
    } catch (error) {
      if (photo !== this.photo || error.passing || error.name === "AbortError") return;
      if (TAKEN.includes(error.kind) || error.status === 401) this.refused(error);
      else this.say(`Kept in this browser only: ${error.message}`);
    } finally {
      this.sending = null;
    }
  }

  // All that was done is in the browser, and on the server if it can be reached.
  async flush() {
    await this.keep();
    await this.send();
  }

  // The number of a save: the same for the same mask and verdict, also after a crash of the page, so that a save whose
  // answer was lost is repeated and not doubled.
  async numberOfSave(digest, verdict) {
    this.stop?.abort(); // a draft that is on its way: the save says all that it says
    if (this.pending?.digest !== digest || this.pending.verdict !== verdict) {
      this.pending = { id: randomId(), digest, verdict };
      this.kept = null;
    }
    await this.keep();
    this.sent = this.editor.edits; // the save itself is on its way
    return this.pending.id;
  }

  // As `record`, of which the page knows the acts until the next one, so that who looks back can take them back.
  async saved(record) {
    const begun = { base: record, version: 0, pending: null, seconds: 0 };
    this.last = { ...this.draft, ...begun, acts: this.editor.history.done, saved: true };
    this.end();
    await dropDraft(this.key).catch(() => {});
  }
}

export function randomId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function lastOf(acts) {
  let bytes = 0;
  let first = acts.length;
  while (first > 0 && (bytes += acts[first - 1].difference.length) < MOST_ACTS) first--;
  return acts.slice(first);
}
