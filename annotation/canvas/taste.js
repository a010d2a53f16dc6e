// What an annotator likes: kept from photo to photo, and in the browser.

import { remember, remembered } from "./remembered.js";

const NAME = "handseg.taste";

export const taste = {
  brush: 1 / 40, // diameter as a share of the photo's longer side
  style: "tint",
  opacity: 0.55,
  ...remembered(NAME),
};

export function prefer(name, value) {
  taste[name] = value;
  remember(NAME, taste);
}
