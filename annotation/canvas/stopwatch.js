// How long somebody worked: the time between acts, where a longer pause counts as this much.

const LONGEST_PAUSE = 30; // seconds

export class Stopwatch {
  constructor() {
    this.worked = 0;
    this.touched = performance.now();
  }

  // The seconds until now.
  lap() {
    const now = performance.now();
    this.worked += Math.min(LONGEST_PAUSE, (now - this.touched) / 1000);
    this.touched = now;
    return Math.round(this.worked * 10) / 10;
  }

  add(seconds) {
    this.worked += seconds;
  }
}
