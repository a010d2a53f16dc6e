// Pointers, fingers, pens and the wheel, turned into what the editor does.

const WHEEL = 0.0015;
const BACK_AND_FORWARD = [3, 4]; // buttons of a mouse

export function gestures(stage, editor) {
  const fingers = new Map(); // of pointers that are down: where each was last, in screen pixels of the stage
  let moving = null; // "line", "pan" or "pinch"
  let pen = null; // the pointer of the pen that is down
  let penSeen = false;

  const place = (event) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const device = ({ x, y }) => ({ x: x * editor.ratio, y: y * editor.ratio });
  const onPhoto = (event) => {
    const { x, y } = device(place(event));
    return editor.view.toPhoto(x, y);
  };

  // Whatever lies on the screen when a pen comes belongs to the hand that holds it.
  const takePen = (pointer) => {
    pen = pointer;
    penSeen = true;
    if (fingers.size) editor.abandonLine();
    fingers.clear();
  };

  stage.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button, input, textarea, select") || BACK_AND_FORWARD.includes(event.button)) return;
    const touch = event.pointerType === "touch";
    editor.keepRatio();
    stage.focus({ preventScroll: true });
    event.preventDefault();
    if (touch && pen !== null) return;
    if (event.pointerType === "pen") takePen(event.pointerId);
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, place(event));
    editor.drawCursor(place(event));
    if (fingers.size === 2) {
      editor.interruptLine(); // the first finger may not have been meant to draw
      moving = "pinch";
    } else if (fingers.size === 1) {
      const palm = penSeen && touch;
      moving = editor.photoHeld || palm || event.button === 1 ? "pan" : "line";
      const erase = event.button === 2 || event.button === 5 || event.altKey;
      if (moving === "line") editor.beginLine(onPhoto(event), { erase, patient: touch }); // a second finger may come
    }
    stage.classList.toggle("panning", moving === "pan");
  });

  stage.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (last || event.pointerType !== "touch") editor.drawCursor(place(event));
    if (!last) return;
    const now = place(event);
    if (moving === "line") {
      const all = event.getCoalescedEvents?.() ?? [];
      editor.continueLine((all.length ? all : [event]).map(onPhoto));
    } else if (moving === "pan") {
      shift(last, now);
    } else if (moving === "pinch" && fingers.size === 2) {
      pinch(event.pointerId, last, now);
    }
    fingers.set(event.pointerId, now);
  });

  const lift = (event) => {
    if (event.pointerId === pen) pen = null;
    if (!fingers.delete(event.pointerId)) return;
    if (moving === "line" && event.type === "pointercancel") editor.interruptLine();
    else if (moving === "line") editor.finishLine();
    if (!fingers.size) moving = null;
    stage.classList.remove("panning");
  };
  stage.addEventListener("pointerup", lift);
  stage.addEventListener("pointercancel", lift);
  stage.addEventListener("pointerleave", () => fingers.size || editor.drawCursor(null));
  stage.addEventListener("contextmenu", (event) => event.preventDefault());

  stage.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 16 : 1;
      if (event.shiftKey) editor.view.pan(-(event.deltaX || event.deltaY) * lines, 0);
      else {
        const speed = event.ctrlKey ? 6 * WHEEL : WHEEL; // browsers send a pinch on a trackpad as ctrl and wheel
        const scale = editor.view.scale * Math.exp(-event.deltaY * lines * speed);
        editor.view.zoomTo(scale, device(place(event)));
      }
      editor.drawAll();
    },
    { passive: false },
  );

  const shift = (last, now) => {
    const [from, to] = [device(last), device(now)];
    editor.view.pan(to.x - from.x, to.y - from.y);
    editor.drawAll();
  };

  const pinch = (moved, last, now) => {
    const other = [...fingers].find(([id]) => id !== moved)[1];
    const far = (one, two) => Math.hypot(one.x - two.x, one.y - two.y);
    const middle = (one, two) => ({ x: (one.x + two.x) / 2, y: (one.y + two.y) / 2 });
    shift(middle(last, other), middle(now, other));
    const factor = far(now, other) / Math.max(1, far(last, other));
    editor.view.zoomTo(editor.view.scale * factor, device(middle(now, other)));
  };
}
