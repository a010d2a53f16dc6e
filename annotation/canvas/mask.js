// One mask at the photo's own size, a byte per pixel. Bit 0: hand. Bit 1: drawn by hand, which no assistant changes.
//
// Every change returns the rectangle it may have touched, {left, top, right, bottom} with right and bottom exclusive, or
// null for none.

import { fromRuns, toRuns } from "./runs.js";

const HAND = 1;
const DRAWN = 2;

export class Mask {
  constructor(width, height, pixels = new Uint8Array(width * height)) {
    Object.assign(this, { width, height, pixels });
  }

  static fromRuns(runs, width, height) {
    return new Mask(width, height, fromRuns(runs, width * height));
  }

  toRuns() {
    return toRuns(this.pixels);
  }

  get whole() {
    return { left: 0, top: 0, right: this.width, bottom: this.height };
  }

  count() {
    let hand = 0;
    for (let at = 0; at < this.pixels.length; at++) hand += this.pixels[at] & HAND;
    return hand;
  }

  // The part of a rectangle that lies inside the photo.
  inside({ left, top, right, bottom }) {
    const cut = {
      left: Math.max(0, left),
      top: Math.max(0, top),
      right: Math.min(this.width, right),
      bottom: Math.min(this.height, bottom),
    };
    return cut.left < cut.right && cut.top < cut.bottom ? cut : null;
  }

  // The rectangle around some places, and so much more to each side, as far as it lies inside the photo.
  around(places, margin = 0) {
    const [xs, ys] = [places.map(({ x }) => x), places.map(({ y }) => y)];
    return this.inside({
      left: Math.floor(Math.min(...xs) - margin),
      top: Math.floor(Math.min(...ys) - margin),
      right: Math.ceil(Math.max(...xs) + margin) + 1,
      bottom: Math.ceil(Math.max(...ys) + margin) + 1,
    });
  }

  // A brush of this radius moved from one pixel to another: every pixel whose centre is at most `radius` from the way.
  // Hardly any centre lies on the way itself, so that without a radius it is the pixels nearest to it.
  stroke(from, to, radius, hand) {
    const box = this.around([from, to], radius);
    if (!box) return null;
    const value = (hand ? HAND : 0) | DRAWN;
    if (!radius) {
      const within = ({ x, y }) => x >= box.left && x < box.right && y >= box.top && y < box.bottom;
      for (const each of pixelsOfLine(from, to).filter(within)) this.pixels[each.y * this.width + each.x] = value;
      return box;
    }
    for (let y = box.top; y < box.bottom; y++) {
      const [first, last] = capsuleRow(from, to, radius, y);
      const start = Math.max(box.left, Math.ceil(first));
      const end = Math.min(box.right, Math.floor(last) + 1);
      if (start < end) this.pixels.fill(value, y * this.width + start, y * this.width + end);
    }
    return box;
  }

  // The inside of a closed line, at the centres of pixels: wherever it winds around, also twice, as where it overshoots its
  // beginning (non-zero rule).
  fill(points, hand) {
    const box = this.around(points);
    if (!box) return null;
    const value = (hand ? HAND : 0) | DRAWN;
    for (let y = box.top; y < box.bottom; y++) {
      const crossings = crossingsOfRow(points, y);
      for (let i = 0, winding = 0; i + 1 < crossings.length; i++) {
        winding += crossings[i].turn;
        const start = Math.max(box.left, Math.ceil(crossings[i].x));
        const end = Math.min(box.right, Math.ceil(crossings[i + 1].x));
        if (winding && start < end) this.pixels.fill(value, y * this.width + start, y * this.width + end);
      }
    }
    return box;
  }

  // What an assistant proposes in a rectangle: bytes of 0 and 1, row by row. What was drawn by hand stays.
  propose(box, proposed) {
    const width = box.right - box.left;
    for (let y = box.top; y < box.bottom; y++) {
      let from = (y - box.top) * width;
      for (let at = y * this.width + box.left, end = at + width; at < end; at++, from++) {
        if (!(this.pixels[at] & DRAWN)) this.pixels[at] = proposed[from];
      }
    }
    return box;
  }

  // All pixels at once, from bytes of 0 and 1; nothing counts as drawn by hand any more.
  replace(pixels) {
    this.pixels.set(pixels);
    return this.whole;
  }

  clear() {
    this.pixels.fill(0);
    return this.whole;
  }

  // Wider (or narrower) by one pixel in the four directions; what lies outside the photo changes nothing.
  grow(wider) {
    const value = wider ? HAND : 0;
    const before = this.pixels.slice();
    const { width, height, pixels } = this;
    for (let y = 0; y < height; y++) {
      for (let x = 0, at = y * width; x < width; x++, at++) {
        if ((before[at] & HAND) === value) continue;
        const touches =
          (x > 0 && (before[at - 1] & HAND) === value) ||
          (x < width - 1 && (before[at + 1] & HAND) === value) ||
          (y > 0 && (before[at - width] & HAND) === value) ||
          (y < height - 1 && (before[at + width] & HAND) === value);
        if (touches) pixels[at] ^= HAND;
      }
    }
    return this.whole;
  }

  // Background that is enclosed by hand becomes hand.
  fillHoles() {
    return this.flip(0, (part) => !part.atBorder);
  }

  // Pieces of hand of fewer than `area` pixels go; the largest piece never does.
  removeSpecks(area) {
    const parts = connectedParts(this, HAND);
    const largest = parts.reduce((most, { area }) => Math.max(most, area), 0); // they may be too many for arguments of a call
    return this.flip(HAND, (part) => part.area < area && part.area < largest, parts);
  }

  flip(value, chosen, parts = connectedParts(this, value)) {
    for (const part of parts.filter(chosen)) {
      for (const { start, end } of part.runs) {
        for (let at = start; at < end; at++) this.pixels[at] ^= HAND;
      }
    }
    return this.whole;
  }
}

// A pixel for each step along the longer side of the way; the same ones there and back.
function pixelsOfLine(from, to) {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const steps = Math.max(Math.abs(dx), Math.abs(dy));
  const at = (step) => ({ x: from.x + Math.round((step * dx) / steps), y: from.y + Math.round((step * dy) / steps) });
  return steps ? Array.from({ length: steps + 1 }, (_, step) => at(step)) : [from];
}

// The first and last x, as real numbers, of a row of a capsule; an empty row gives a last before its first.
function capsuleRow(from, to, radius, y) {
  let first = Infinity;
  let last = -Infinity;
  for (const centre of [from, to]) {
    const square = radius * radius - (y - centre.y) ** 2;
    if (square >= 0) {
      first = Math.min(first, centre.x - Math.sqrt(square));
      last = Math.max(last, centre.x + Math.sqrt(square));
    }
  }
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy);
  if (!length) return [first, last];
  // Between the discs lies a rectangle: |across| <= radius and 0 <= along <= length, both linear in x.
  const across = interval(dy / length, (-(y - from.y) * dx) / length, -radius, radius);
  const along = interval(dx / length, ((y - from.y) * dy) / length, 0, length);
  const start = from.x + Math.max(across[0], along[0]);
  const end = from.x + Math.min(across[1], along[1]);
  return start <= end ? [Math.min(first, start), Math.max(last, end)] : [first, last];
}

// The x for which low <= slope * x + offset <= high.
function interval(slope, offset, low, high) {
  if (!slope) return offset >= low && offset <= high ? [-Infinity, Infinity] : [Infinity, -Infinity];
  const ends = [(low - offset) / slope, (high - offset) / slope];
  return slope > 0 ? ends : ends.reverse();
}

// Where a closed line crosses a row, from left to right: x, and a turn of 1 downwards or -1 upwards.
function crossingsOfRow(points, y) {
  const crossings = [];
  points.forEach((point, i) => {
    const next = points[(i + 1) % points.length];
    if (point.y <= y !== next.y <= y) {
      const x = point.x + ((y - point.y) / (next.y - point.y)) * (next.x - point.x);
      crossings.push({ x, turn: next.y > point.y ? 1 : -1 });
    }
  });
  return crossings.sort((one, other) => one.x - other.x);
}

// The connected parts of hand (8 neighbours) or of background (4), found on runs with a union-find: a mask has few.
function connectedParts(mask, value) {
  const { width, height, pixels } = mask;
  const reach = value === HAND ? 1 : 0;
  const runs = [];
  const parent = [];
  const root = (i) => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]];
    return i;
  };
  let above = 0;
  for (let y = 0; y < height; y++) {
    const firstOfRow = runs.length;
    for (let x = 0; x < width; x++) {
      const base = y * width;
      if ((pixels[base + x] & HAND) !== value) continue;
      const left = x;
      while (x < width && (pixels[base + x] & HAND) === value) x++;
      const run = { start: base + left, end: base + x, left, right: x, y };
      while (above < firstOfRow && runs[above].right + reach <= left) above++;
      parent.push(runs.length);
      for (let i = above; i < firstOfRow && runs[i].left < x + reach; i++) {
        parent[root(i)] = root(runs.length);
      }
      runs.push(run);
    }
    above = firstOfRow;
  }
  const parts = new Map();
  runs.forEach((run, i) => {
    const key = root(i);
    if (!parts.has(key)) parts.set(key, { runs: [], area: 0, atBorder: false });
    const part = parts.get(key);
    part.runs.push(run);
    part.area += run.right - run.left;
    part.atBorder ||= run.left === 0 || run.right === width || run.y === 0 || run.y === height - 1;
  });
  return [...parts.values()];
}

export function union(one, other) {
  if (!one || !other) return one || other;
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}
