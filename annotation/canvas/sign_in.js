// Who is working here. The name goes into every record; a password is asked for where the server wants one.

import { remember, remembered } from "./remembered.js";
import { sentence } from "./words.js";

const ANNOTATOR = "handseg.annotator";
const RETRY_AFTER = 2000; // milliseconds

const ANNOTATORS = { title: "Correct masks", note: "Your name goes into the record of every mask you save." };

// Resolves once `service` has a name and a token; of an earlier visit, if there was one.
export async function signIn(place, service, words = ANNOTATORS) {
  const known = remembered(ANNOTATOR);
  if (known) Object.assign(service, known);
  else await askWho(place, service, { words });
}

// The token is no longer good, as the password has changed: asks the same person again, in a dialog over the page.
export async function signInAgain(service, why) {
  const dialog = document.body.appendChild(document.createElement("dialog"));
  dialog.className = "workbench-dialog";
  dialog.addEventListener("cancel", (event) => event.preventDefault()); // the page cannot go on without
  dialog.addEventListener("close", () => dialog.isConnected && dialog.showModal()); // which Chromium does at the third Esc
  dialog.showModal();
  try {
    await askWho(dialog, service, { why, name: service.name });
  } finally {
    dialog.remove();
  }
}

// Says who is signed in, with a button to sign out; `leave` comes before that.
export function offerSignOut(place, service, leave = () => {}) {
  place.innerHTML = `<span></span> <button type="button">Sign out</button>`;
  place.querySelector("span").textContent = service.name;
  place.querySelector("button").addEventListener("click", async () => {
    await leave();
    remember(ANNOTATOR, null);
    location.reload();
  });
}

async function askWho(place, service, { why = "", name = "", words = ANNOTATORS } = {}) {
  const about = await askAbout(place, service);
  if (!about.open) {
    tell(place, about.closed);
    return new Promise(() => {});
  }
  place.innerHTML = `
    <form class="sign-in">
      <h1>${words.title}</h1>
      <p class="why" role="alert"></p>
      <label>Your name <input name="name" required maxlength="60" autocomplete="username"></label>
      ${about.password ? `<label>Password <input name="password" type="password" required autocomplete="current-password"></label>` : ""}
      <p>${words.note}</p>
      <button type="submit">Start</button>
    </form>`;
  const form = place.querySelector("form");
  Object.assign(form.elements.name, { value: name, readOnly: Boolean(name) });
  form.querySelector(".why").textContent = why && sentence({ message: why });
  form.querySelector("input:not([readonly])")?.focus();
  return new Promise((resolve) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const signedIn = await service.json("POST", "/sign-in", Object.fromEntries(new FormData(form)));
        Object.assign(service, signedIn);
        remember(ANNOTATOR, signedIn);
        resolve();
      } catch (error) {
        form.querySelector(".why").textContent = sentence(error);
      }
    });
  });
}

// Whether a password is needed; asked until the server can be reached.
async function askAbout(place, service) {
  for (;;) {
    try {
      return await service.json("GET", "/about");
    } catch (error) {
      if (!error.passing) throw error;
      tell(place, `${sentence(error)} Trying again…`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER));
    }
  }
}

function tell(place, words) {
  place.innerHTML = `<p class="sign-in"></p>`;
  place.firstElementChild.textContent = words;
}
