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

  zoomTo(scale, at = { x: this.screenWidth / 2, y: this.screenHeight / 2 }) {
    const smallest = Math.min(1, this.fittingScale);
    const wanted = Math.min(LARGEST, Math.max(smallest, scale));
    this.x = at.x - ((at.x - this.x) * wanted) / this.scale;
    this.y = at.y - ((at.y - this.y) * wanted) / this.scale;
    this.scale = wanted;
    this.keepInSight();
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
    this.x = Math.round(place(this.x, this.width * this.scale, this.screenWidth));
    this.y = Math.round(place(this.y, this.height * this.scale, this.screenHeight));
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
      left: Math.max(0, Math.floor(left * this.scale + this.x) - margin),
      top: Math.max(0, Math.floor(top * this.scale + this.y) - margin),
      right: Math.min(this.screenWidth, Math.ceil(right * this.scale + this.x) + margin),
      bottom: Math.min(this.screenHeight, Math.ceil(bottom * this.scale + this.y) + margin),
    };
    return box.left < box.right && box.top < box.bottom ? box : null;
  }
}
