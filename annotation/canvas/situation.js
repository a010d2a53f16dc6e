// What the state of publishing means to people, in sentences.

import { count, timeOfDay } from "./words.js";

const HUB = "https://huggingface.co/datasets/";

// Whether there is something to publish now, and why, or why not.
export function situation(state) {
  const { waiting, held_back } = state;
  if (state.busy) return { can: false, says: "Publishing…" };
  if (state.next_commit) return { can: false, says: limited(state) };
  if (waiting) {
    const [wait, goes] = waiting === 1 ? ["waits", "It goes"] : ["wait", "They go"];
    const says = `${count(waiting, "change")} ${wait}. ${goes} out within ${state.every_minutes} minutes, or at once if you publish now.`;
    return { can: true, says };
  }
  if (held_back) return { can: true, says: "Nothing new waits. Publish to look again at what is held back." };
  if (!state.saved) return { can: false, says: "There is nothing to publish: nobody has saved a mask yet." };
  return { can: false, says: "Nothing waits: whatever belongs into the dataset is there." };
}

function limited({ most_an_hour, next_commit }) {
  const most = count(most_an_hour, "commit");
  return `There were ${most} within an hour, and more are not made. The next one can be made at ${timeOfDay(next_commit)}.`;
}

// Said when publishing takes longer than a folder ever does.
export function patience({ on_hub }) {
  return on_hub ? "Publishing… The Hub takes its time, and is asked again if it does not answer." : "Publishing…";
}

// What each number means.
export function meanings(state) {
  const saved = "What people saved: the newest mask of each person on each photo.";
  return {
    saved: state.kept_back ? `${saved} ${keptBack(state)}` : saved,
    waiting: "Changes that the next commit makes: masks that come in, and masks that are taken out.",
    published: "Masks that the dataset has, as of the last look at it.",
  };
}

function keptBack({ kept_back, reviewed_only }) {
  const unseen = reviewed_only ? "not approved yet" : "a visitor’s that is not reviewed yet";
  const stay = kept_back === 1 ? "1 of them stays" : `${kept_back.toLocaleString("en")} of them stay`;
  return `${stay} out: sent back, rejected, ${unseen}, or another mask of the same photo counts.`;
}

// What the dataset is, and which masks come into it at all.
export function rule({ reviewed_only }) {
  const shown = "Corrected masks and their photos, in a dataset that anyone can load with one line.";
  return reviewed_only
    ? `${shown} A mask comes in when a second person has approved it, as HANDSEG_REVIEWED_ONLY is on.`
    : `${shown} A mask comes in without waiting for its review, unless a visitor made it.`;
}

// Where the dataset is, and a link, if there is one.
export function place({ target, on_hub }) {
  return on_hub
    ? { link: HUB + target, means: "On the Hugging Face Hub. A new repository is private until its owner opens it." }
    : { link: "", means: "A folder on the server. It can be copied anywhere, and loads from there." };
}

export function commitLink({ target, on_hub, revision }) {
  return on_hub ? `${HUB}${target}/commit/${revision}` : "";
}

export function heldBack({ held_back }) {
  return held_back ? `${count(held_back, "mask")} cannot come in as ${held_back === 1 ? "it is" : "they are"}` : "";
}

export function snippet({ target }) {
  return `from datasets import load_dataset\n\ndataset = load_dataset(${JSON.stringify(target)})`;
}
