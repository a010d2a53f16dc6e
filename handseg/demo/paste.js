// Who presses Ctrl+V gives the photo in the clipboard, as if it had been chosen.
const paste = ({ clipboardData }) => {
  if (!element.isConnected) return document.removeEventListener("paste", paste);
  const input = document.querySelector("#photo input[type=file]");
  if (!clipboardData.files.length || !element.checkVisibility() || !input) return;
  input.files = clipboardData.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
};
document.addEventListener("paste", paste);
