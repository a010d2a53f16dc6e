// What an annotator likes: kept from photo to photo, and in the browser.

const NAME = "handseg.taste";

export const taste = {
  brush: 1 / 40, // diameter as a share of the photo's longer side
  style: "tint",
  opacity: 0.55,
  ...JSON.parse(localStorage.getItem(NAME) || "{}"),
};

export function remember(name, value) {
  taste[name] = value;
  localStorage.setItem(NAME, JSON.stringify(taste));
}
