// The workbench around an editor: toolbar, stage, side panel, the line that says what happens, and the sheet of keys.

import { button, EDITING, keyName, listen, LOOKING } from "./commands.js";
import { Editor } from "./editor.js";
import { fromRuns, fromText, toText } from "./runs.js";
import { sentence } from "./words.js";

const SLOW = 1000; // milliseconds
export const ASSISTANT = `
  <section class="of-photo"><h2>Assistant</h2><p class="assistant"><span class="dot"></span><span class="assistant-says"></span></p></section>`;

const BARS = {
  ".toolbar": { tools: "Tools", act: "Steps", handheld: "Without keys", repair: "Repair" },
  ".lookbar": { look: "View", zoom: "Zoom" },
};

export const VERDICTS = { accepted: "accepted", edited: "edited", no_hand: "no hand", rejected: "rejected" };

// What everybody here calls a hand; the dataset's card says the same.
const RULE = "A hand is what is seen of it up to the wrist. Rings, nails and gloves belong to it; sleeves, watches, bare forearms and held things do not.";

export class Bench {
  // `title` is for screen readers; `commands` are the page's own (verdicts); `side` is the HTML of its panel.
  constructor(root, { title = "", commands = [], side = "", assist = null, pinning = false, looks = [] }) {
    root.innerHTML = `
      <div class="workbench${pinning ? " read-only" : ""}">
        ${title && `<h1>${title}</h1>`}
        <div class="toolbar" role="group" aria-label="Tools"></div>
        <div class="middle">
          <div class="lookbar" role="group" aria-label="View"></div>
          <div class="sight">
            <div class="stage" tabindex="0" role="application" aria-label="The photo with its mask. Press ? for all keys."></div>
            <div class="alarm" role="alert" hidden></div>
          </div>
          <p class="said" role="status" aria-live="polite"></p>
        </div>
        <aside class="side">${side}</aside>
        <dialog class="keys" aria-label="Keys"></dialog>
      </div>`;
    this.root = root.firstElementChild;
    this.editor = new Editor(this.find(".stage"), { assist, pinning });
    this.root.editor = this.editor; // for the console, and for tests
    const shared = [...(pinning ? [] : EDITING), ...looks, ...LOOKING];
    const sheet = { key: "?", label: "All keys", hint: "", group: "zoom", run: () => this.showKeys() };
    this.commands = [...shared, ...commands, sheet];
    this.layOut([...shared, sheet]);
    this.stopListening = listen(this.root, this.editor, this.commands);
    this.editor.addEventListener("say", ({ detail }) => this.say(detail));
    this.editor.addEventListener("tool", () => this.showSize());
    this.editor.addEventListener("open", () => this.showSize());
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  layOut(commands) {
    for (const [bar, groups] of Object.entries(BARS)) {
      for (const [group, title] of Object.entries(groups)) {
        const inGroup = commands.filter((each) => each.group === group);
        if (!inGroup.length) continue;
        const box = document.createElement("div");
        box.className = `group ${group}`;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", title);
        if (bar === ".toolbar") box.innerHTML = `<h2>${title}</h2>`;
        box.append(...inGroup.map((each) => button(each, this.editor)));
        this.find(bar).append(box);
      }
    }
    const [tools, look] = [this.find(".toolbar .group"), this.find(".lookbar .group")];
    tools?.append(this.slider("Brush size", "size", 1, 400, this.editor.size, (value) => this.editor.setSize(value)));
    const opacity = Math.round(this.editor.painting.opacity * 100);
    look.append(this.slider("Opacity", "opacity", 0, 100, opacity, (value) => this.editor.setOpacity(value / 100)));
  }

  slider(label, name, min, max, value, change) {
    const box = document.createElement("label");
    box.className = "slider";
    box.innerHTML = `${label} <span class="value">${value}</span>
      <input type="range" name="${name}" min="${min}" max="${max}" value="${value}">`;
    box.querySelector("input").addEventListener("input", ({ target }) => {
      box.querySelector(".value").textContent = target.value;
      change(Number(target.value));
    });
    return box;
  }

  showSize() {
    const input = this.find("input[name=size]");
    if (!input) return;
    input.value = this.editor.size;
    input.closest("label").querySelector(".value").textContent = this.editor.size;
  }

  showKeys() {
    const sheet = this.find("dialog.keys");
    const keys = this.commands.filter((each) => each.key).map((each) => [keyName(each.key), each.label, each.hint]);
    keys.push(["Wheel", "Zoom", "At the pointer; with Shift, sideways"]);
    const rule = `<p class="rule">${RULE}</p>`;
    const rows = keys.map(([key, label, hint]) => `<p><kbd>${key}</kbd> <b>${label}</b> ${hint || ""}</p>`);
    sheet.innerHTML = `<form method="dialog"><h2>Keys</h2><button>Close</button></form>${rule}<div>${rows.join("")}</div>`;
    sheet.showModal();
  }

  // One line about what happened; gone after a while.
  say(message) {
    const said = this.find(".said");
    said.textContent = message;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => (said.textContent = ""), 6000);
  }

  // What must be seen until it is over; with `goOn`, a button for those who have no keyboard. What is said already stays
  // as it is, with its button, which may have the focus.
  alarm(message, goOn = null, label = "Go on") {
    const alarm = this.find(".alarm");
    if (message && message === this.alarmed) return;
    this.alarmed = message;
    alarm.hidden = !message;
    alarm.textContent = message || "";
    if (!goOn) return;
    const go = alarm.appendChild(document.createElement("button"));
    Object.assign(go, { type: "button", textContent: label });
    go.addEventListener("click", goOn);
  }

  // Say what is going on, if it takes a while.
  async during(words, going) {
    const slow = setTimeout(() => this.alarm(`${words}…`), SLOW);
    try {
      return await going;
    } finally {
      clearTimeout(slow);
    }
  }

  show(selector, text) {
    const element = this.find(selector);
    if (element) element.textContent = text;
  }

  // No photo: nothing is seen, and `why`, with a button to go on.
  empty(why, goOn, label) {
    delete this.root.dataset.photo;
    this.editor.reset(1, 1);
    this.editor.painting.release();
    this.editor.drawAll();
    this.root.classList.add("empty");
    this.alarm(why, goOn, label);
  }

  close() {
    this.stopListening();
    this.editor.dispose();
  }
}

const SOONEST = 400; // milliseconds between questions whether the assistant is ready
const LATEST = 10_000;

// The assistant of one place of the service: asks it, and shows whether it is ready. `refused` hears why it does neither.
export function assistant(service, place, refused) {
  const request = (...given) => service.json(...given).catch((error) => (refused(error), Promise.reject(error)));
  const ask = async ({ prompt, runs, turn }, signal) => {
    const answer = await request("POST", `${place()}/propose`, { prompt, mask: toText(runs), turn }, signal);
    return { ...answer, proposals: answer.proposals.map(readProposal) };
  };
  const watch = async (bench, going) => {
    for (let wait = SOONEST; going(); wait = Math.min(1.5 * wait, LATEST)) {
      const { says, ready } = await request("GET", `${place()}/assistant`).catch((error) => ({ says: whyNot(error) }));
      if (!going()) return;
      bench.show(".assistant-says", says);
      bench.find(".assistant").classList.toggle("ready", Boolean(ready));
      await pause(ready ? LATEST : wait);
    }
  };
  return { ask, watch };
}

function whyNot(error) {
  return error.passing ? "The assistant cannot be reached; the brush works." : sentence(error);
}

function readProposal({ box, runs }) {
  if (!box) return { box: null, pixels: null };
  const [left, top, right, bottom] = box;
  return { box: { left, top, right, bottom }, pixels: fromRuns(fromText(runs), (right - left) * (bottom - top)) };
}

export function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
