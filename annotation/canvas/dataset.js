// The dataset's page: how far publishing is, and a button to publish now.

import { Service } from "./service.js";
import { offerSignOut, signIn, signInAgain } from "./sign_in.js";
import { commitLink, heldBack, meanings, patience, place as placeOf, rule, situation, snippet } from "./situation.js";
import { absolute, ago, capital, sentence, timeOfDay } from "./words.js";

const EVERY = 15_000; // milliseconds between two looks...
const WHILE_BUSY = 1000;
const WHILE_GONE = 3000;
const LONG = 10_000; // ...and after which publishing takes long
const COPIED = 2500;

const FIGURES = ["Saved", "Waiting", "Published"].map(
  (title) => `<div class="${title.toLowerCase()}"><dt>${title}</dt><dd class="number">–</dd><dd class="means"></dd></div>`,
);
const PAGE = `
  <div class="dataset">
    <header><h1>Dataset</h1><div class="me"></div>
      <p class="rule"></p></header>
    <dl class="figures">${FIGURES.join("")}</dl>
    <section class="act" aria-label="Publish">
      <button type="button" class="publish" aria-describedby="dataset-says" aria-disabled="true">Publish now</button>
      <p class="says" id="dataset-says" role="status"></p>
    </section>
    <section class="trouble" aria-label="Last error" hidden><p class="words" role="alert"></p><p class="when"></p></section>
    <div class="facts">
      <section class="last"><h2>Last commit</h2><p class="value"></p><p class="means"></p></section>
      <section class="held"><h2>Held back</h2><p class="value"></p>
        <details hidden><summary></summary><ul></ul></details>
        <p class="means">Masks that cannot come in as they are. Each is looked at again whenever something is published.</p></section>
      <section class="where"><h2>Where it is</h2><p class="value"></p><p class="means"></p></section>
      <section class="load"><div class="head"><h2>How to load it</h2><button type="button" class="copy">Copy</button></div>
        <pre tabindex="0" aria-label="Python code that loads the dataset"><code></code></pre></section>
    </div>
  </div>`;

const WORDS = { title: "Look after the dataset", note: "Whoever corrects masks may see it, and publish." };

export async function mount({ element, root }) {
  const place = element.querySelector(".canvas-place");
  const service = new Service(root);
  await signIn(place, service, WORDS);
  await new Dataset(place, service).watch();
}

class Dataset {
  constructor(place, service) {
    place.innerHTML = PAGE;
    Object.assign(this, { service, root: place.firstElementChild, state: null, turn: 0, publishing: false, busySince: null });
    this.button = this.find(".publish");
    this.button.addEventListener("click", () => this.publish());
    this.find(".copy").addEventListener("click", () => this.copy());
    offerSignOut(this.find(".me"), service);
    this.wake = () => {};
    document.addEventListener("visibilitychange", () => !document.hidden && this.wake());
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  // ------------------------------------------------------------------ asking

  async watch() {
    while (this.root.isConnected) {
      if (!document.hidden && !this.publishing) await this.ask("GET", "/dataset");
      await this.rest();
    }
  }

  // Until it is time for the next look; of a page that nobody sees, until somebody does.
  rest() {
    const pause = this.gone ? WHILE_GONE : this.state?.busy ? WHILE_BUSY : EVERY;
    return new Promise((resolve) => {
      this.wake = resolve;
      if (!document.hidden) setTimeout(resolve, pause);
    });
  }

  async publish() {
    if (this.button.getAttribute("aria-disabled") === "true") return;
    this.publishing = true;
    this.show({ ...this.state, busy: true });
    await this.ask("POST", "/dataset/publish");
    this.publishing = false;
    this.wake();
  }

  // Shows the answer, unless something was asked since.
  async ask(method, path) {
    const turn = ++this.turn;
    try {
      const state = await this.service.json(method, path);
      if (turn === this.turn) this.show(state);
    } catch (error) {
      if (turn !== this.turn) return;
      if (error.status === 401) await signInAgain(this.service, error.message);
      // Somebody was faster: the state tells.
      if (error.status === 401 || error.kind === "publishing") await this.ask("GET", "/dataset");
      else this.showGone(error);
    }
  }

  // ------------------------------------------------------------------ showing

  show(state) {
    this.busySince = state.busy ? (this.busySince ?? Date.now()) : null;
    Object.assign(this, { state, gone: false });
    const means = meanings(state);
    for (const name of ["saved", "waiting", "published"]) {
      this.say(`.${name} .number`, state[name].toLocaleString("en"));
      this.say(`.${name} .means`, means[name]);
    }
    this.say(".rule", rule(state));
    this.showAct();
    this.showTrouble();
    this.showCommit();
    this.showHeldBack();
    this.showPlace();
  }

  // What was shown last stays; only to publish makes no sense.
  showGone(error) {
    this.gone = true;
    const since = this.state ? ` What you see is of ${timeOfDay(this.state.now)}.` : "";
    this.allow(false, `${sentence(error)}${since} This page tries again by itself.`);
    this.root.classList.remove("busy");
  }

  showAct() {
    const { can, says } = situation(this.state);
    const long = this.busySince !== null && Date.now() - this.busySince > LONG;
    this.allow(can, long ? patience(this.state) : says);
    this.root.classList.toggle("busy", this.state.busy);
  }

  // Not `disabled`, so that keyboards keep their place, and screen readers read why.
  allow(can, says) {
    this.button.setAttribute("aria-disabled", !can);
    this.say(".says", says);
  }

  showTrouble() {
    const { error, failed_at, now } = this.state;
    this.find(".trouble").hidden = !error;
    this.say(".trouble .words", error && sentence({ message: error }));
    this.say(".trouble .when", error && `Publishing failed ${ago(failed_at, now)}, ${absolute(failed_at)}.`);
  }

  showCommit() {
    const { revision, committed_at, now } = this.state;
    this.link(".last .value", revision ? revision.slice(0, 12) : "None yet", commitLink(this.state));
    this.find(".last .value").title = revision;
    const when = revision ? `${capital(ago(committed_at, now))}, ${absolute(committed_at)}` : "The first one makes the dataset.";
    this.say(".last .means", when);
  }

  showHeldBack() {
    const details = this.find(".held details");
    this.say(".held .value", this.state.held_back ? "" : "None");
    details.hidden = !this.state.held_back;
    this.say(".held summary", heldBack(this.state));
    const lines = this.state.reasons.map(({ reason, count }) => (count > 1 ? `${count} × ${reason}` : reason));
    if (lines.join("\n") === this.lines) return; // whoever reads them is not disturbed
    this.lines = lines.join("\n");
    const items = lines.map((line) => Object.assign(document.createElement("li"), { textContent: line }));
    details.querySelector("ul").replaceChildren(...items);
  }

  showPlace() {
    const { link, means } = placeOf(this.state);
    this.link(".where .value", this.state.target, link);
    this.say(".where .means", means);
    this.say(".load code", snippet(this.state));
  }

  // Only what changes is written, so that screen readers say it once.
  say(selector, text) {
    const element = this.find(selector);
    if (element.textContent !== text) element.textContent = text;
  }

  link(selector, text, address) {
    const element = this.find(selector);
    if (element.textContent === text) return;
    const inner = document.createElement(address ? "a" : "span");
    if (address) Object.assign(inner, { href: address, target: "_blank", rel: "noopener" });
    inner.textContent = text;
    element.replaceChildren(inner);
  }

  // ------------------------------------------------------------------ copying

  async copy() {
    const code = this.find(".load code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      this.say(".copy", "Copied");
    } catch {
      // Where the clipboard is forbidden, the text is selected, and the keyboard copies it.
      getSelection().selectAllChildren(code);
      this.say(".copy", "Selected");
    }
    setTimeout(() => this.say(".copy", "Copy"), COPIED);
  }
}
