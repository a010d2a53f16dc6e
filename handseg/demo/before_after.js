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
  box.style.setProperty("--split", `${split}%`);
  box.querySelector("input").value = split;
};
element.addEventListener("input", (event) => show(event.target.value));
watch("value", () => show());
