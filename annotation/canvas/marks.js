// What lies over the photo and is no mask: points, a box, a lasso, a reviewer's pin. Shapes differ, not only colours.

const SIZE = 9; // of a point, in CSS pixels

export class Marks {
  constructor(svg) {
    this.svg = svg;
  }

  draw(view, ratio, { prompt, line, pinned }) {
    const place = (x, y) => {
      const at = view.toScreen(x, y);
      return [(at.x / ratio).toFixed(1), (at.y / ratio).toFixed(1)];
    };
    const shapes = [];
    if (prompt.box) shapes.push(rectangle(place, prompt.box, "box"));
    if (line?.tool === "box") shapes.push(rectangle(place, corners(line.points[0], line.points.at(-1)), "box"));
    if (line?.tool === "lasso" || line?.tool === "unlasso") {
      shapes.push(`<polygon class="lasso" points="${line.points.map(({ x, y }) => place(x, y).join(",")).join(" ")}"/>`);
    }
    for (const [x, y, label] of prompt.points) shapes.push(point(...place(x, y), label));
    if (pinned) shapes.push(pin(...place(pinned.x, pinned.y)));
    const drawn = shapes.join("");
    if (drawn !== this.drawn) this.svg.innerHTML = this.drawn = drawn;
  }
}

function corners(from, to) {
  return [Math.min(from.x, to.x), Math.min(from.y, to.y), Math.max(from.x, to.x) + 1, Math.max(from.y, to.y) + 1];
}

function rectangle(place, [left, top, right, bottom], name) {
  const [x0, y0] = place(left - 0.5, top - 0.5);
  const [x1, y1] = place(right - 0.5, bottom - 0.5);
  return `<rect class="${name}" x="${x0}" y="${y0}" width="${x1 - x0}" height="${y1 - y0}"/>`;
}

function point(x, y, label) {
  const arm = SIZE - 4;
  const upright = label ? `M0 ${-arm}V${arm}` : "";
  return `<g class="point ${label ? "hand" : "not"}" transform="translate(${x} ${y})">
    <circle r="${SIZE}"/><path d="M${-arm} 0H${arm}${upright}"/></g>`;
}

function pin(x, y) {
  return `<path class="pin" transform="translate(${x} ${y})" d="M0 0L-8 -16A9 9 0 1 1 8 -16Z"/>`;
}
