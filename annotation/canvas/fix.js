// In the demo: a visitor corrects the mask of the photo that is open, goes on with it, and may give both away.

import { ASSISTANT, assistant, Bench } from "./bench.js";
import { button } from "./commands.js";
import { MOST_STEPS } from "./keeper.js";
import { fromText, toText } from "./runs.js";
import { Service } from "./service.js";
import { sha256 } from "./sha256.js";
import { Stopwatch } from "./stopwatch.js";
import { sentence } from "./words.js";

const RENEW_EVERY = 60_000; // milliseconds
const GIVE_UP = "What you drew is not used yet. Give it up?";

const SIDE = `
  <section class="verdicts"></section>${ASSISTANT}
  <details class="give"><summary>Help handseg learn</summary>
    <label><input type="checkbox"> <span class="consent-words"></span></label>
    <button type="button" disabled>Contribute photo and mask</button>
  </details>`;

export function mount({ element, root, props, watch, tell }) {
  let open = null;
  const begin = async () => {
    open?.bench.close();
    open = null;
    const place = element.querySelector(".canvas-place");
    place.textContent = "";
    if (!props.value) return;
    open = new Fix(place, new Service(`${root}/visits/${props.value}`), tell);
    await open.begin(element.querySelector(".consent").textContent);
  };
  watch("value", begin);
  addEventListener("beforeunload", (event) => open?.unused && hold(event));
  const ask = (event) => {
    if (event.target.closest("#another") && open?.unused && !confirm(GIVE_UP)) event.stopPropagation();
  };
  addEventListener("click", ask, true); // before gradio hears of it
  return begin();
}

// Have the browser ask those who close or reload the page.
function hold(event) {
  event.preventDefault();
  event.returnValue = true; // for browsers of 2023
}

class Fix {
  constructor(place, service, tell) {
    Object.assign(this, { service, tell, renewed: 0 });
    const use = { key: "Enter", label: "Use this mask", hint: "Back to the photo without the hand", group: "verdict", run: () => this.use() };
    this.assistant = assistant(service, () => "", (error) => this.refused(error));
    this.bench = new Bench(place, { commands: [use], side: SIDE, assist: this.assistant.ask });
    this.bench.find(".verdicts").append(button(use, this.bench.editor));
    this.stopwatch = new Stopwatch();
    this.bench.editor.addEventListener("act", () => (this.stopwatch.lap(), this.renew()));
  }

  async begin(consent) {
    const { bench } = this;
    this.offerToGive(consent);
    try {
      const work = await this.service.json("GET", "");
      await bench.editor.open(await this.service.blob("/photo"), work.width, work.height, fromText(work.start));
      this.used = work.start;
    } catch (error) {
      return bench.alarm(sentence(error));
    } finally {
      bench.root.scrollIntoView({ block: "start" }); // it stands as high as it will be now
      bench.find(".stage").focus({ preventScroll: true }); // Enter would press "Fix it" again
    }
    this.assistant.watch(bench, () => bench.root.isConnected);
  }

  // Who draws keeps the photo on the server; a page that was left open does not.
  async renew() {
    if (Date.now() - this.renewed < RENEW_EVERY) return;
    this.renewed = Date.now();
    await this.service.json("POST", "/renew").catch((error) => this.refused(error));
  }

  // Nothing can be done any more with a photo that the server has forgotten.
  refused(error) {
    if (error.kind === "forgotten") this.bench.alarm(sentence(error));
  }

  async use() {
    await this.send("/keep", {}, (used) => {
      this.used = used;
      this.tell();
    });
  }

  // Whether something was drawn that would be lost.
  get unused() {
    return this.used !== undefined && this.used !== toText(this.bench.editor.mask.toRuns());
  }

  offerToGive(consent) {
    const [tick, giving] = [this.bench.find(".give input"), this.bench.find(".give button")];
    this.bench.show(".consent-words", consent);
    tick.addEventListener("change", () => (giving.disabled = !tick.checked));
    giving.addEventListener("click", async () => {
      giving.disabled = true;
      const ledHere = { prompts: this.bench.editor.trail.slice(-MOST_STEPS), seconds: this.stopwatch.lap() };
      if (!(await this.send("/contribute", { consent, ...ledHere }, () => this.thank()))) giving.disabled = false;
    });
  }

  thank() {
    this.bench.find(".give").outerHTML = `<p class="thanks">Thank you: photo and mask are stored, and will be reviewed.</p>`;
  }

  // Send the mask as it is now; believe it arrived when the server says the same digest.
  async send(path, more, then) {
    const { editor } = this.bench;
    editor.finishLine();
    editor.prompting.cancel(); // what is seen is what is sent
    const runs = editor.mask.toRuns();
    const mask = toText(runs);
    try {
      const stored = await this.bench.during("Sending", this.service.json("POST", path, { mask, ...more }));
      if (stored.sha256 !== sha256(runs)) throw new Error("the mask was damaged on its way; try again");
      this.bench.alarm("");
      then(mask);
      return true;
    } catch (error) {
      this.bench.alarm(sentence(error));
      return false;
    }
  }
}
