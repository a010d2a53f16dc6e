// Everything an annotator can do, in one table: its key, its words, and what it does. The toolbar, the tooltips, the sheet
// of keys and the keyboard itself are made from it.

const tool = (name, key, label, hint) => ({
  key,
  label,
  hint,
  group: "tools",
  pressed: (editor) => editor.tool === name,
  run: (editor) => editor.use(name),
});

const look = (name, label, hint) => ({
  label,
  hint,
  group: "look",
  pressed: (editor) => editor.painting.style === name,
  run: (editor) => editor.look(name),
});

export const EDITING = [
  tool("brush", "B", "Brush", "Paint hand; the right button or Alt erases"),
  tool("eraser", "E", "Eraser", "Paint background; the right button or Alt paints hand"),
  { ...tool("lasso", "L", "Lasso", "Fill the inside of a line; the right button or Alt empties it"), pressed: (editor) => editor.tool.endsWith("lasso") },
  tool("positive", "P", "Hand here", "Click on hand that is missing; the right button or Alt clicks on what is no hand"),
  tool("negative", "N", "Not here", "Click on what is no hand"),
  tool("box", "R", "Box", "Draw a box around a hand"),
  { key: "X", label: "Swap", hint: "Brush and eraser, hand here and not here, lasso in and out", group: "handheld", run: (editor) => editor.useOpposite() },
  { key: "C", label: "Next proposal", hint: "Choose among the assistant's proposals", group: "act", run: (editor) => editor.chooseNext() },
  { key: "Z", label: "Undo", hint: "Take back the last act, also a proposal", group: "act", run: (editor) => editor.undo() },
  { key: "Y", label: "Redo", hint: "Do it again", group: "act", run: (editor) => editor.redo() },
  { key: "[", label: "Smaller brush", hint: "", group: "more", repeats: true, run: (editor) => editor.resizeBrush(1 / 1.25) },
  { key: "]", label: "Larger brush", hint: "", group: "more", repeats: true, run: (editor) => editor.resizeBrush(1.25) },
  { key: "I", label: "Fill holes", hint: "Background enclosed by hand becomes hand", group: "repair", run: (editor) => editor.fillHoles() },
  { key: "K", label: "Remove specks", hint: "Small pieces go", group: "repair", run: (editor) => editor.removeSpecks() },
  { key: "+", label: "Grow", hint: "Wider by one pixel", group: "repair", run: (editor) => editor.grow(true) },
  { key: "-", label: "Shrink", hint: "Narrower by one pixel", group: "repair", run: (editor) => editor.grow(false) },
  { key: "M", label: "Model's mask", hint: "Begin again with what the model found", group: "repair", run: (editor) => editor.backToStart() },
  { key: "Delete", label: "Clear", hint: "An empty mask", group: "repair", run: (editor) => editor.clear() },
  { key: "Escape", label: "Drop prompt", hint: "Forget points and box, or the line being drawn", group: "handheld", run: (editor) => editor.forgetPrompt() },
];

export const LOOKING = [
  look("tint", "Tint", "The hand coloured"),
  look("outline", "Outline", "Only the edge"),
  look("cutout", "Cut-out", "The photo without the hand"),
  { key: "V", label: "Next view", hint: "Tint, outline, cut-out", group: "more", run: nextLook },
  { key: "H", label: "Hide", hint: "Hold to see the photo alone", group: "look", held: (editor, down) => editor.hide(down) },
  { key: " ", label: "Move", hint: "Hold and drag; the middle button, or two fingers, do the same", group: "more", held: (editor, down) => editor.holdPhoto(down) },
  { key: "F", label: "Fit", hint: "The whole photo", group: "zoom", run: (editor) => zoom(editor, () => editor.view.fit()) },
  { key: "G", label: "1 : 1", hint: "One pixel of the photo is one of the screen", group: "zoom", run: (editor) => zoom(editor, () => editor.view.zoomTo(1)) },
  { key: "ArrowLeft", label: "Left", hint: "Move the view", group: "more", repeats: true, run: (editor) => zoom(editor, () => editor.view.pan(80, 0)) },
  { key: "ArrowRight", label: "Right", hint: "Move the view", group: "more", repeats: true, run: (editor) => zoom(editor, () => editor.view.pan(-80, 0)) },
  { key: "ArrowUp", label: "Up", hint: "Move the view", group: "more", repeats: true, run: (editor) => zoom(editor, () => editor.view.pan(0, 80)) },
  { key: "ArrowDown", label: "Down", hint: "Move the view", group: "more", repeats: true, run: (editor) => zoom(editor, () => editor.view.pan(0, -80)) },
  { key: "PageUp", label: "Nearer", hint: "The wheel and two fingers do the same", group: "more", repeats: true, run: (editor) => zoom(editor, () => editor.view.zoomTo(editor.view.scale * 1.25)) },
  { key: "PageDown", label: "Farther", hint: "", group: "more", repeats: true, run: (editor) => zoom(editor, () => editor.view.zoomTo(editor.view.scale / 1.25)) },
];

function nextLook(editor) {
  const styles = LOOKING.filter((each) => each.pressed);
  const next = (styles.findIndex((each) => each.pressed(editor)) + 1) % styles.length;
  styles[next].run(editor);
}

function zoom(editor, change) {
  change();
  editor.drawAll();
}

const NAMES = { " ": "Space", Escape: "Esc", Delete: "Del", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", PageUp: "PgUp", PageDown: "PgDn" };

export const keyName = (key) => NAMES[key] || key;

// A button for a command. It is pressed by mouse, finger, Enter or Space, and says its key to all.
export function button(command, editor) {
  const made = document.createElement("button");
  made.type = "button";
  made.title = `${command.label}${command.key ? ` (${keyName(command.key)})` : ""}${command.hint ? `: ${command.hint}` : ""}`;
  made.innerHTML = `<span>${command.label}</span>${command.key ? `<kbd>${keyName(command.key)}</kbd>` : ""}`;
  if (command.key) made.setAttribute("aria-keyshortcuts", command.key);
  if (command.pressed) {
    const show = () => made.setAttribute("aria-pressed", command.pressed(editor));
    editor.addEventListener("tool", show);
    show();
  }
  if (command.held) {
    const press = (event) => [" ", "Enter"].includes(event.key);
    made.addEventListener("pointerdown", () => command.held(editor, true));
    made.addEventListener("keydown", (event) => press(event) && command.held(editor, true));
    made.addEventListener("keyup", (event) => press(event) && command.held(editor, false));
    for (const end of ["pointerup", "pointerleave", "pointercancel", "blur"]) made.addEventListener(end, () => command.held(editor, false));
  } else {
    made.addEventListener("click", () => command.run(editor));
  }
  return made;
}

function isInSight(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return Boolean(element.offsetParent) && bottom > 0 && top < innerHeight;
}

// A button that was pressed by pointer keeps no focus: Enter and Space would press it again, on the next photo. A stage that
// waits takes none, and then nothing has it.
function giveKeysBack(event) {
  const pressed = event.detail > 0 && event.target.closest("button");
  if (!pressed) return;
  pressed.blur();
  event.currentTarget.querySelector(".stage").focus({ preventScroll: true });
}

const ALIKE = { "=": "+", "_": "-", Backspace: "Delete" };
const OTHER_SCRIPT = /^(?!\p{Script=Latin})[\p{L}\p{M}]/u;

// The names under which the table may have a key: by what it types; for those who type Cyrillic, by the Latin letter that
// shares it; and for those who need Shift for digits, as in France, by its digit.
function namesOf({ key = "", code = "", shiftKey }) {
  const typed = key.length === 1 ? key.toUpperCase() : key; // what fills in forms sends keys without any
  const [, kind, shared] = code.match(/^(Digit|Key)(.)$/) || [];
  const counts = kind === "Digit" ? !shiftKey : OTHER_SCRIPT.test(key);
  return [ALIKE[typed] || typed, ...(kind && counts ? [shared] : [])];
}

function named(commands, names) {
  return names.map((name) => commands.find((each) => each.key === name)).find(Boolean);
}

// Keys work while the photo is in sight and nobody is typing: what they do is seen.
export function listen(root, editor, commands) {
  const find = (event) => {
    const typing = event.target.closest?.("input:not([type=range]), textarea, select, dialog[open]");
    if (typing || !root.isConnected || !isInSight(root.querySelector(".stage") || root) || root.querySelector("dialog[open]")) return null;
    if (event.altKey && !"[]".includes(event.key)) return null; // the browser's: back, forward; some type brackets with it
    const names = namesOf(event);
    if (event.ctrlKey || event.metaKey) {
      const step = ["Z", "Y"].find((each) => names.includes(each));
      return step && named(commands, [step === "Z" && event.shiftKey ? "Y" : step]);
    }
    if (event.target.matches?.("a[href], summary, button") && [" ", "Enter"].includes(event.key)) return null;
    if (event.target.matches?.("input[type=range]") && (event.key === "Enter" || event.key.startsWith("Arrow"))) return null;
    return named(commands, names);
  };
  const down = (event) => {
    const command = find(event);
    if (!command) return;
    event.preventDefault();
    if (command.held) command.held(editor, true);
    else if (!event.repeat || command.repeats) command.run(editor);
  };
  const release = (which) => commands.filter((each) => each.held && which(each)).forEach((each) => each.held(editor, false));
  const up = (event) => release(({ key }) => namesOf(event).includes(key)); // whatever else is pressed or has the focus meanwhile
  const stop = new AbortController();
  root.addEventListener("click", giveKeysBack, { capture: true, signal: stop.signal }); // the command itself may move the focus
  document.addEventListener("keydown", down, stop);
  document.addEventListener("keyup", up, stop);
  addEventListener("blur", () => release(() => true), stop); // the key may be let go elsewhere
  return () => stop.abort();
}
