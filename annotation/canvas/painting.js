// Draws what the annotator sees: the photo on one canvas, the mask over it on another, both at the screen's resolution.
// After a stroke only the touched part of the screen is drawn again, so that the photo's size does not matter.

// Colours that colour-blind people tell apart (Okabe and Ito 2008), and that no skin has.
const GREEN = [0, 158, 115];
const BLUE = [0, 114, 178];
const ORANGE = [230, 159, 0];
const WHITE = [255, 255, 255];

export class Painting {
  constructor(photoCanvas, maskCanvas) {
    this.photo = photoCanvas.getContext("2d", { alpha: false });
    this.overlay = maskCanvas.getContext("2d");
    this.levels = [];
    this.style = "tint";
    this.opacity = 0.55;
    this.hidden = false;
    this.other = null; // a second mask, to compare with
  }

  // The photo and its halves, so that far away it is neither slow nor grainy.
  async load(blob) {
    this.release();
    const whole = await createImageBitmap(blob);
    this.levels = [whole];
    for (let width = whole.width >> 1; width >= 512; width >>= 1) {
      const last = this.levels.at(-1);
      const size = { resizeWidth: last.width >> 1, resizeHeight: Math.max(1, last.height >> 1), resizeQuality: "medium" };
      this.levels.push(await createImageBitmap(last, size));
    }
  }

  release() {
    this.levels.forEach((level) => level.close());
    this.levels = [];
  }

  resize(width, height) {
    for (const { canvas } of [this.photo, this.overlay]) Object.assign(canvas, { width, height });
  }

  drawPhoto(view) {
    const { photo } = this;
    photo.fillStyle = "#23272e";
    photo.fillRect(0, 0, view.screenWidth, view.screenHeight);
    if (!this.levels.length) return;
    const level = this.levels.findLast((each) => each.width >= view.width * view.scale) || this.levels[0];
    photo.imageSmoothingEnabled = view.scale < 2;
    photo.drawImage(level, view.left, view.top, view.width * view.scale, view.height * view.scale);
  }

  // The mask in a rectangle of the screen, by default all of it.
  drawMask(view, mask, box = view.screenBox(mask.whole)) {
    if (!box) return;
    const width = box.right - box.left;
    const height = box.bottom - box.top;
    if (this.hidden) return this.overlay.clearRect(box.left, box.top, width, height);
    const image = this.overlay.createImageData(width, height);
    const colours = new Uint32Array(image.data.buffer);
    const sampler = new Sampler(view, mask, this.other, box);
    if (this.style === "outline") drawOutline(colours, sampler);
    else if (this.style === "cutout") drawCutout(colours, sampler, box);
    else drawTint(colours, sampler, this.palette());
    this.overlay.putImageData(image, box.left, box.top);
  }

  // Colours of: nothing, hand, added (only in the mask), removed (only in the other).
  palette() {
    const alpha = Math.round(this.opacity * 255);
    if (this.style !== "difference") return [0, word(GREEN, alpha), word(GREEN, alpha), 0];
    return [0, word(WHITE, (alpha * 3) >> 2), word(BLUE, Math.max(alpha, 170)), word(ORANGE, Math.max(alpha, 170))];
  }
}

const AROUND = 2; // pixels of the screen beyond a box: an edge is seen by its neighbours

// Looks up which pixel of the mask lies under a pixel of the screen, in a box and around it.
class Sampler {
  constructor(view, mask, other, box) {
    const under = (offset, length) => (at) => {
      const found = Math.floor((at + 0.5 - offset) / view.scale);
      return found >= 0 && found < length ? found : -1;
    };
    Object.assign(this, { mask, other, width: box.right - box.left, height: box.bottom - box.top });
    this.columns = lookUp(box.left, this.width, under(view.left, mask.width));
    this.rows = lookUp(box.top, this.height, under(view.top, mask.height));
    this.line = new Uint8Array(this.columns.length);
  }

  // Of a row of the box, and two pixels to each side: 1 for hand, 2 for added, 3 for removed, 0 for none; 2 and 3 only
  // where there is another mask to compare with.
  row(y, values = this.line) {
    const { columns, mask, other } = this;
    const row = this.rows[y + AROUND];
    if (row < 0) return values.fill(0);
    const base = row * mask.width;
    for (let x = 0; x < columns.length; x++) {
      const at = columns[x];
      let value = at < 0 ? 0 : mask.pixels[base + at] & 1;
      if (other && at >= 0) {
        const before = other.pixels[base + at] & 1;
        value = value ? (before ? 1 : 2) : before ? 3 : 0;
      }
      values[x] = value;
    }
    return values;
  }
}

function lookUp(start, length, under) {
  return Int32Array.from({ length: length + 2 * AROUND }, (_, i) => under(start + i - AROUND));
}

function drawTint(colours, sampler, palette) {
  const { width, height } = sampler;
  for (let y = 0; y < height; y++) {
    const values = sampler.row(y);
    for (let x = 0; x < width; x++) colours[y * width + x] = palette[values[x + AROUND]];
  }
}

// Two lines, white inside and blue outside, so that one of them stands out on any photo.
function drawOutline(colours, sampler) {
  const { width, height } = sampler;
  const handsOf = (y, values) => {
    sampler.row(y, values);
    for (let x = 0; x < values.length; x++) values[x] = values[x] === 1 || values[x] === 2 ? 1 : 0;
    return values;
  };
  const rows = Array.from({ length: 5 }, (_, i) => handsOf(Math.min(i - AROUND, height + 1), new Uint8Array(width + 2 * AROUND)));
  const [inner, outer] = [word(WHITE, 255), word(BLUE, 255)];
  for (let y = 0; y < height; y++) {
    const [above2, above, here, below, below2] = rows;
    for (let i = 0; i < width; i++) {
      const x = i + AROUND;
      const next = here[x - 1] + here[x + 1] + above[x] + below[x];
      if (here[x] && next < 4) colours[y * width + i] = inner;
      else if (!here[x] && next + here[x - 2] + here[x + 2] + above2[x] + below2[x]) colours[y * width + i] = outer;
    }
    rows.push(handsOf(Math.min(y + 3, height + 1), rows.shift()));
  }
}

function drawCutout(colours, sampler, box) {
  const { width, height } = sampler;
  const checks = [word([255, 255, 255], 255), word([214, 214, 214], 255)];
  for (let y = 0; y < height; y++) {
    const values = sampler.row(y);
    for (let x = 0; x < width; x++) {
      const value = values[x + AROUND];
      const check = (((x + box.left) >> 4) + ((y + box.top) >> 4)) & 1;
      if (value === 1 || value === 2) colours[y * width + x] = checks[check];
    }
  }
}

function word([red, green, blue], alpha) {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
