// Each photo begins with the slider through its hand, and keeps it where the visitor put it, whatever else is changed.
let photo = null;
let split = 50;
const show = (chosen) => {
  const box = element.querySelector(".before-after");
  if (!box) {
    photo = null;
    return;
  }
  const shown = box.querySelector(".before").src;
  if (shown !== photo) [photo, split] = [shown, box.dataset.split];
  if (chosen) split = chosen;
  if (box.style.getPropertyValue("--split") !== `${split}%`) box.style.setProperty("--split", `${split}%`);
  box.querySelector("input").value = split;
};
element.addEventListener("input", (event) => show(event.target.value));
// Not `watch("value")`: that may come before the page has the new pictures, which it makes of the old ones' elements.
const pictures = new MutationObserver(() => show());
pictures.observe(element, { childList: true, subtree: true, attributes: true, attributeFilter: ["src", "style"] });
show();
