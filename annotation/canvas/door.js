// Signs people in on a page that has no canvas, and tells the page their token.

import { Service } from "./service.js";
import { offerSignOut, signIn, signInAgain } from "./sign_in.js";

const WORDS = { title: "Look after the models", note: "Your name goes into the history of what you promote." };

export async function mount({ element, root, tell }) {
  const place = element.querySelector(".canvas-place");
  const service = new Service(root);
  await signIn(place, service, WORDS);
  await check(service);
  place.innerHTML = `<div class="me"></div>`;
  offerSignOut(place.firstElementChild, service);
  tell({ token: service.token });
}

// A token of an earlier visit may be good no longer.
async function check(service) {
  try {
    await service.json("GET", "/counts");
  } catch (error) {
    if (error.status === 401) await signInAgain(service, error.message);
    else throw error;
  }
}
