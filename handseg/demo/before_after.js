// Keeps the slider of the before/after picture where the visitor put it, also when the picture is replaced.
let split = 50;
const show = () => {
  const box = element.querySelector(".before-after");
  if (!box) return;
  box.style.setProperty("--split", `${split}%`);
  box.querySelector("input").value = split;
};
element.addEventListener("input", (event) => {
  split = event.target.value;
  show();
});
watch("value", show);
