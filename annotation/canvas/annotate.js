// The annotator's page: one photo of the queue after the other.

import { ASSISTANT, assistant, Bench, pause, VERDICTS } from "./bench.js";
import { button } from "./commands.js";
import { dropOldDrafts } from "./drafts.js";
import { Keeper, randomId } from "./keeper.js";
import { fromText, toText } from "./runs.js";
import { Service } from "./service.js";
import { sha256 } from "./sha256.js";
import { offerSignOut, signIn, signInAgain } from "./sign_in.js";
import { count, sentence } from "./words.js";

const HEARTBEAT = 60_000; // milliseconds
const AWAY_AFTER = 10 * 60_000; // without a touch, the photo is no longer held
const QUEUE_EVERY = 5000;
const RETRY_AFTER = [500, 1000, 2000, 4000];
const HELD = "Not saved, as someone else is working on this photo. What you drew is kept in this browser; save again in a while.";
const FORGOTTEN = "The photo before was taken out of the queue, and nothing can be saved of it.";

const SIDE = `
  <section class="of-photo"><h2>Why this photo</h2><p class="reason"></p><p class="note"></p><p class="facts"></p></section>
  <section class="verdicts" role="group" aria-label="Verdict"><h2>Verdict</h2></section>${ASSISTANT}
  <section><h2>Queue</h2><p class="counts"></p><p class="kept"></p></section>
  <section class="me"></section>`;

export async function mount({ element, root }) {
  const place = element.querySelector(".canvas-place");
  const service = new Service(root);
  await signIn(place, service);
  await new Annotate(place, service).next();
}

class Annotate {
  constructor(element, service) {
    Object.assign(this, { service, work: null, skipped: null, busy: false, fetched: new Map() });
    service.page = randomId(); // so that the server tells two pages of one annotator apart
    const verdict = (key, label, hint, name) => ({ key, label, hint, group: "verdict", run: () => this.finish(name) });
    const verdicts = [
      verdict("1", "Accept", "The mask is right as it is; a corrected one is saved as edited", "right"),
      verdict("2", "Save edited", "The mask is right now; an untouched one is saved as accepted", "right"),
      verdict("3", "No hand", "There is no hand in the photo", "no_hand"),
      { key: "4", label: "Skip", hint: "Somebody else should look", group: "verdict", run: () => this.skip() },
      verdict("5", "Reject", "The photo is unusable", "rejected"),
      { key: ",", label: "Last one again", hint: "Back to the photo saved or skipped before", group: "verdict", run: () => this.goBack() },
    ];
    const save = verdict("Enter", "Save", "Accept, or save edited: whichever is true; or go on", "right");
    const refused = (error) => error.status === 401 && this.refused(error);
    this.assistant = assistant(service, () => `/photos/${this.work.photo_id}`, refused);
    this.bench = new Bench(element, { title: "Correct masks", commands: [...verdicts, save], side: SIDE, assist: this.assistant.ask });
    this.editor = this.bench.editor;
    this.bench.find(".verdicts").append(...verdicts.map((each) => button(each, this.editor)));
    offerSignOut(this.bench.find(".me"), service, () => this.leave());
    this.keeper = new Keeper(service, this.editor, {
      say: (words) => this.bench.show(".kept", words),
      refused: (error) => this.refused(error),
    });
    setInterval(() => this.renew(), HEARTBEAT);
    this.touched = Date.now();
    for (const touch of ["pointermove", "keydown"]) addEventListener(touch, () => (this.touched = Date.now()));
    this.siblings = new BroadcastChannel("handseg");
    this.siblings.addEventListener("message", ({ data }) => this.hearOfSibling(data));
    dropOldDrafts().catch(() => {});
  }

  // ------------------------------------------------------------------ photos

  async next() {
    await this.open(() => this.service.json("POST", "/next", {}));
  }

  // To what was skipped just before, else to what was saved last.
  async goBack() {
    if (this.busy) return;
    const path = this.skipped ? `/photos/${this.skipped}/open` : "/last";
    this.skipped = null; // if it cannot be had, the one saved last may
    await this.open(() => this.service.json("POST", path, {}), "You have saved no photo yet. Press Enter to go on.");
  }

  // While another photo is fetched nothing can be drawn; if none can be had, the one at hand stays.
  async open(find, ifNone = "") {
    if (this.busy) return;
    const atHand = this.work;
    this.editor.finishLine(); // it is work, too
    this.busy = this.editor.readOnly = true;
    try {
      await this.bench.during("Keeping your work", this.keeper.flush());
      const { work, counts } = await this.persist(find, "Looking for the next photo", "The next photo cannot be fetched");
      this.showCounts(counts);
      if (work) await this.show(work);
      else if (ifNone) this.showEmpty(ifNone);
      else this.showEmpty(emptyBecause(counts), "Look again");
    } catch (error) {
      this.editor.readOnly = this.work !== atHand || !atHand;
      this.bench.alarm(`${sentence(error)}${this.editor.readOnly && this.work ? " Skip this photo (4)." : ""}`, this.work ? null : () => this.next());
    } finally {
      this.busy = false;
    }
  }

  async show(work) {
    this.keeper.end();
    this.work = work; // from here on it can be skipped, even if it cannot be shown
    delete this.bench.root.dataset.photo;
    this.bench.root.classList.remove("empty");
    this.bench.show(".reason", work.reason);
    this.bench.show(".note", work.note && `Sent back: ${work.note}`);
    this.bench.show(".facts", `${work.width} × ${work.height}, ${work.source}, ${work.licence}`);
    const blob = await this.persist(() => this.photo(work.photo_id), "Fetching the photo", "The photo cannot be fetched");
    await this.editor.open(blob, work.width, work.height, fromText(work.start));
    this.editor.pinned = work.pin;
    this.sayWhatIsThere(await this.keeper.begin(work));
    this.bench.alarm("");
    this.editor.readOnly = false;
    this.bench.root.dataset.photo = work.photo_id;
    this.siblings.postMessage({ name: this.service.name, photo_id: work.photo_id });
    this.assistant.watch(this.bench, () => this.work === work);
    this.fetchAhead(work.upcoming);
  }

  sayWhatIsThere(found) {
    if (!found) return;
    const isUnsaved = !found.saved && (found.version || found.acts);
    const what = isUnsaved ? "Your unsaved work on this photo is back." : "This is the mask that was saved.";
    this.bench.say(`${what} ${found.saved && found.acts.length ? "Z takes back what you did" : "M leads to the model's mask"}.`);
  }

  showCounts({ open, done }) {
    this.bench.show(".counts", `${open} to do, ${done} done`);
  }

  showEmpty(why, label) {
    this.keeper.end();
    this.work = null;
    for (const each of [".reason", ".note", ".facts", ".assistant-says", ".kept"]) this.bench.show(each, "");
    this.bench.empty(why, () => this.next(), label);
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
      if (counts.yours) this.bench.alarm("There are photos to do. Press Enter to go on.", () => this.next());
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

  // ------------------------------------------------------------------ who has the photo

  // The same photo was opened on another page of this browser: this one lets go of it, so that neither overwrites. What
  // is being saved or fetched just now is for the server to decide.
  hearOfSibling({ name, photo_id }) {
    if (this.busy || name !== this.service.name || photo_id !== this.work?.photo_id) return;
    this.letGo("You have opened this photo on another page. Go on there, or press Enter to go on here.");
  }

  // The server takes no more drafts. The annotator has to sign in again, or another page of this annotator goes on with
  // the work, or nobody holds the photo for this annotator any more; then what is drawn stays here, to be saved unless
  // somebody else is at it just then.
  refused(error) {
    if (this.busy) return;
    const why = `${sentence(error)} What you drew is kept in this browser.`;
    if (error.status === 401) this.bench.alarm(why, () => this.comeBack(error.message), "Sign in");
    else if (error.kind === "claim") this.loseClaim(why);
    else this.letGo(why);
  }

  async comeBack(why) {
    await signInAgain(this.service, why);
    this.bench.alarm("");
    await this.keeper.send();
  }

  loseClaim(why) {
    this.keeper.claimed = false;
    this.bench.alarm(why);
  }

  async letGo(why) {
    this.editor.finishLine(); // it is work, too
    this.editor.readOnly = true;
    this.work = null;
    this.bench.alarm(why, () => this.next());
    await this.keeper.keep();
    this.keeper.end();
  }

  async renew() {
    if (!this.work || !this.keeper.claimed || this.busy || Date.now() - this.touched > AWAY_AFTER) return;
    const { photo_id } = this.work;
    await this.service.json("POST", `/photos/${photo_id}/renew`, {}).catch((error) => {
      if ((error.kind === "claim" || error.status === 401) && this.work?.photo_id === photo_id) this.refused(error);
    });
  }

  async leave() {
    await this.keeper.flush();
    if (this.work) await this.service.json("POST", `/photos/${this.work.photo_id}/release`, {}).catch(() => {});
  }

  // ------------------------------------------------------------------ verdicts

  async finish(wanted) {
    if (this.busy) return;
    if (!this.work) return this.next();
    if (!this.bench.root.dataset.photo) return this.bench.say("This photo cannot be shown. Skip it (4).");
    this.editor.finishLine();
    if (this.editor.prompting.asking) {
      this.editor.prompting.cancel();
      return this.bench.say("The assistant had not answered yet, and is not waited for. Press again to save without it.");
    }
    const verdict = this.verdict(wanted);
    if (!verdict) return;
    this.busy = this.editor.readOnly = true;
    try {
      await this.save(verdict);
    } catch (error) {
      if (error.kind === "elsewhere") return this.letGo(sentence(error));
      this.editor.readOnly = false;
      this.keeper.sent = null; // the draft on its way, which the save had stopped
      if (error.kind === "claim") return this.loseClaim(HELD);
      if (!isForgotten(error)) return this.bench.alarm(`Not saved: ${error.message}`);
      this.bench.say(FORGOTTEN);
    } finally {
      this.busy = false;
    }
    await this.next();
  }

  // The verdict that is true of the mask, or null if the annotator has to decide first.
  verdict(wanted) {
    if (wanted === "no_hand" && this.editor.mask.count()) this.editor.clear();
    if (wanted !== "right") return wanted;
    if (this.editor.mask.count()) return this.editor.changed ? "edited" : "accepted";
    this.bench.say("The mask is empty. Press 3 if there is no hand in the photo.");
    return null;
  }

  async save(verdict) {
    const { keeper, editor } = this;
    const runs = editor.mask.toRuns();
    const [digest, pixels] = [sha256(runs), editor.mask.count()];
    const record = {
      id: await keeper.numberOfSave(digest, verdict),
      verdict,
      mask: toText(runs),
      sha256: digest,
      pixels,
      prompts: keeper.trail,
      seconds: keeper.stopwatch.lap(),
    };
    const path = `/photos/${this.work.photo_id}/save`;
    const stored = await this.persist(() => this.service.json("POST", path, record), "Saving", "Not saved yet");
    if (stored.sha256 !== digest || stored.pixels !== pixels) {
      throw new Error(`the server stored ${stored.pixels} pixels, and here are ${pixels}. Your work is kept; save again.`);
    }
    await keeper.saved(stored.id);
    this.work = this.skipped = null;
    this.bench.say(`Saved as ${VERDICTS[verdict]}: ${pixels.toLocaleString()} pixels of hand.`);
  }

  async skip() {
    if (this.busy || !this.work) return;
    const { photo_id } = this.work;
    await this.open(async () => {
      const said = await this.service.json("POST", `/photos/${photo_id}/skip`, {}).then(
        () => "Skipped: somebody else will be asked.",
        (error) => (isForgotten(error) ? FORGOTTEN : Promise.reject(error)),
      );
      if (said !== FORGOTTEN) this.skipped = photo_id;
      this.bench.say(said);
      return this.service.json("POST", "/next", {});
    });
  }

  // Repeat what fails only for a while, until it succeeds; say so meanwhile, and also what takes long.
  async persist(attempt, doing, trouble) {
    for (let tried = 0; ; tried++) {
      try {
        const answer = await (tried ? attempt() : this.bench.during(doing, attempt()));
        this.bench.alarm("");
        return answer;
      } catch (error) {
        if (error.status === 401) await signInAgain(this.service, error.message);
        else if (!error.passing) throw error;
        this.bench.alarm(`${trouble}: ${error.message}. Your work is kept in this browser; trying again.`);
        await pause(RETRY_AFTER[Math.min(tried, RETRY_AFTER.length - 1)]);
      }
    }
  }
}

// Whether the photo was deleted on the server while it was open; it is gone for good.
function isForgotten({ kind }) {
  return kind === "unknown";
}

function emptyBecause({ open, done }) {
  const [is, them] = open === 1 ? ["is", "it"] : ["are", "them"];
  if (open) return `Nothing is left for you: ${count(open, "photo")} to do ${is} with others, or you have skipped ${them}.`;
  if (done) return "All photos are done.";
  return "The queue is empty. Add photos with: python -m annotation add FOLDER --source NAME --licence SPDX";
}
