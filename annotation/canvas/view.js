// Where the photo lies on the screen: device pixel = photo pixel * scale + offset. Only for looking; the mask never scales.

const LARGEST = 40;

export class View {
  constructor(width, height) {
    Object.assign(this, { width, height, scale: 1, x: 0, y: 0, screenWidth: 1, screenHeight: 1 });
  }

  resize(screenWidth, screenHeight) {
    const fitted = this.scale === this.fittingScale;
    Object.assign(this, { screenWidth, screenHeight });
    if (fitted) this.fit();
    else this.keepInSight();
  }

  get fittingScale() {
    return Math.min(this.screenWidth / this.width, this.screenHeight / this.height);
  }

  fit() {
    this.scale = this.fittingScale;
    this.keepInSight();
  }

  // What lies under `at` stays there; where the bounds push it away, it comes back as soon as they let it.
  zoomTo(scale, at = { x: this.screenWidth / 2, y: this.screenHeight / 2 }) {
    const anchor = this.anchor?.x === at.x && this.anchor.y === at.y ? this.anchor : { ...at, place: this.toPhoto(at.x, at.y) };
    const smallest = Math.min(1, this.fittingScale);
    this.scale = Math.min(LARGEST, Math.max(smallest, scale));
    this.x = at.x - (anchor.place.x + 0.5) * this.scale;
    this.y = at.y - (anchor.place.y + 0.5) * this.scale;
    this.keepInSight();
    this.anchor = anchor;
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.keepInSight();
  }

  // A photo smaller than the screen is centred; a larger one cannot be pushed farther than its edge to the middle.
  keepInSight() {
    const place = (offset, length, screen) =>
      length < screen + 1 ? (screen - length) / 2 : Math.min(screen / 2, Math.max(screen / 2 - length, offset));
    this.x = place(this.x, this.width * this.scale, this.screenWidth);
    this.y = place(this.y, this.height * this.scale, this.screenHeight);
    this.anchor = null;
  }

  // Where the photo is drawn: at whole pixels, or it would be blurred at 1 : 1.
  get left() {
    return Math.round(this.x);
  }

  get top() {
    return Math.round(this.y);
  }

  // The photo coordinates of a place on the screen, real numbers: pixel (0, 0) has its centre at (0, 0).
  toPhoto(x, y) {
    return { x: (x - this.x) / this.scale - 0.5, y: (y - this.y) / this.scale - 0.5 };
  }

  toScreen(x, y) {
    return { x: (x + 0.5) * this.scale + this.x, y: (y + 0.5) * this.scale + this.y };
  }

  // The part of the screen, in whole pixels, that a rectangle of the photo covers; null for none.
  screenBox({ left, top, right, bottom }, margin = 2) {
    const box = {
      left: Math.max(0, Math.floor(left * this.scale + this.left) - margin),
      top: Math.max(0, Math.floor(top * this.scale + this.top) - margin),
      right: Math.min(this.screenWidth, Math.ceil(right * this.scale + this.left) + margin),
      bottom: Math.min(this.screenHeight, Math.ceil(bottom * this.scale + this.top) + margin),
    };
    return box.left < box.right && box.top < box.bottom ? box : null;
  }
}
