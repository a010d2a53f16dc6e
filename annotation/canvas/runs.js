// Masks on the wire, as annotation/runs.py describes them: alternating run lengths, background first, in LEB128.

export class ByteWriter {
  constructor() {
    this.bytes = new Uint8Array(4096);
    this.length = 0;
  }

  number(value) {
    if (this.length + 6 > this.bytes.length) {
      const larger = new Uint8Array(this.bytes.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    while (value > 127) {
      this.bytes[this.length++] = (value & 127) | 128;
      value >>>= 7;
    }
    this.bytes[this.length++] = value;
  }

  done() {
    return this.bytes.slice(0, this.length);
  }
}

export class ByteReader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  get ended() {
    return this.at >= this.bytes.length;
  }

  number() {
    let value = 0;
    let shift = 0;
    for (;;) {
      const byte = this.bytes[this.at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
      shift += 7;
    }
  }
}

// The runs of one bit of `pixels`, which has a buffer of its own. Most of a mask is alike, so four pixels are looked at
// together where that is possible.
export function toRuns(pixels, bit = 0) {
  const writer = new ByteWriter();
  const words = new Uint32Array(pixels.buffer, 0, pixels.length >> 2);
  const ones = 0x01010101 << bit;
  let value = 0;
  let start = 0;
  for (let at = 0; at < pixels.length; at++) {
    if (!(at & 3)) {
      const alike = value ? ones : 0;
      while (at >> 2 < words.length && (words[at >> 2] & ones) === alike) at += 4;
      if (at >= pixels.length) break;
    }
    if (((pixels[at] >> bit) & 1) !== value) {
      writer.number(at - start);
      start = at;
      value ^= 1;
    }
  }
  writer.number(pixels.length - start);
  return writer.done();
}

// `size` bytes of 0 and 1.
export function fromRuns(runs, size) {
  const pixels = new Uint8Array(size);
  const reader = new ByteReader(runs);
  for (let at = 0, value = 0; !reader.ended; value ^= 1) {
    const length = reader.number();
    if (value) pixels.fill(1, at, at + length);
    at += length;
  }
  return pixels;
}

export function toText(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}

export function fromText(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
