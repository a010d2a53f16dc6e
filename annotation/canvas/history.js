// Everything that was done, to be undone and done again. An act is kept as the exclusive or of the mask before and after
// it, in run lengths: applied once more, it takes itself back.

import { ByteReader, ByteWriter } from "./runs.js";

const MOST_BYTES = 64_000_000;

export class History {
  // `done` are the acts that led to the mask, if it was worked on before.
  constructor(mask, done = []) {
    this.mask = mask;
    this.settled = mask.pixels.slice(); // the mask after the last act
    this.done = done;
    this.undone = [];
    this.bytes = done.reduce((sum, act) => sum + act.difference.length, 0);
  }

  // Close an act that touched `box`. `extra` travels with it: {name, before, after, ...}. False if nothing changed.
  close(box, extra) {
    const tight = box && this.tighten(box);
    if (!tight && !extra.keep) return false;
    const difference = tight ? this.difference(tight) : new Uint8Array();
    if (tight) this.settle(tight);
    this.done.push({ ...extra, box: tight, difference });
    this.undone = [];
    this.bytes += difference.length;
    while (this.bytes > MOST_BYTES && this.done.length > 1) this.bytes -= this.done.shift().difference.length;
    return true;
  }

  // Give up an act that was not closed.
  abandon(box) {
    if (!box) return;
    this.rows(box, (start, end) => this.mask.pixels.set(this.settled.subarray(start, end), start));
  }

  undo() {
    return this.move(this.done, this.undone, -1);
  }

  redo() {
    return this.move(this.undone, this.done, 1);
  }

  move(from, to, sign) {
    const act = from.pop();
    if (!act) return null;
    if (act.box) this.apply(act);
    this.bytes += sign * act.difference.length;
    to.push(act);
    return act;
  }

  apply({ box, difference }) {
    const reader = new ByteReader(difference);
    let [value, left] = [reader.number(), reader.number()];
    this.rows(box, (start, end) => {
      for (let at = start; at < end; ) {
        if (!left) [value, left] = [reader.number(), reader.number()];
        const stop = Math.min(end, at + left);
        left -= stop - at;
        if (!value) at = stop;
        for (; at < stop; at++) this.mask.pixels[at] ^= value;
      }
    });
    this.settle(box);
  }

  difference(box) {
    const writer = new ByteWriter();
    let value = -1;
    let length = 0;
    this.rows(box, (start, end) => {
      for (let at = start; at < end; at++) {
        const changed = this.mask.pixels[at] ^ this.settled[at];
        if (changed === value) {
          length++;
          continue;
        }
        if (length) writer.number(value), writer.number(length);
        [value, length] = [changed, 1];
      }
    });
    writer.number(value);
    writer.number(length);
    return writer.done();
  }

  // The smallest rectangle in `box` in which anything changed.
  tighten(box) {
    const tight = { left: Infinity, top: Infinity, right: -1, bottom: -1 };
    const { width, pixels } = this.mask;
    this.rows(box, (start, end) => {
      let first = start;
      while (first < end && pixels[first] === this.settled[first]) first++;
      if (first === end) return;
      let last = end - 1;
      while (pixels[last] === this.settled[last]) last--;
      const y = Math.floor(start / width);
      tight.left = Math.min(tight.left, first - y * width);
      tight.right = Math.max(tight.right, last - y * width + 1);
      tight.top = Math.min(tight.top, y);
      tight.bottom = y + 1;
    });
    return tight.right < 0 ? null : tight;
  }

  settle(box) {
    this.rows(box, (start, end) => this.settled.set(this.mask.pixels.subarray(start, end), start));
  }

  rows({ left, top, right, bottom }, act) {
    const { width } = this.mask;
    for (let y = top; y < bottom; y++) act(y * width + left, y * width + right);
  }
}
