// What the annotator asks the assistant: points and a box, the question on its way, and the proposals that came back.

const MOST_POINTS = 50;
const SMALLEST_BOX = 4; // pixels

export const NO_PROMPT = { points: [], box: null };

export class Prompting {
  // `assist` answers {prompt, runs, turn}; without it nobody is asked.
  constructor(editor, assist) {
    Object.assign(this, { editor, assist });
    this.turn = Date.now(); // greater on a reloaded page, so that the server does not take its questions for old ones
    this.reset();
  }

  reset() {
    this.cancel();
    this.settled = NO_PROMPT; // after the last act
    this.choice = null; // the answer that the last act took, and which of its proposals
  }

  // What is marked on the photo: also a question that is on its way.
  get shown() {
    return this.asking?.prompt ?? this.settled;
  }

  point({ x, y }, label) {
    const { mask } = this.editor;
    if (x < 0 || y < 0 || x >= mask.width || y >= mask.height) return;
    const { points, box } = this.shown;
    this.ask({ points: [...points, [x, y, label]].slice(-MOST_POINTS), box });
  }

  box(from, to) {
    const box = this.editor.mask.around([from, to]);
    if (!box || box.right - box.left < SMALLEST_BOX || box.bottom - box.top < SMALLEST_BOX) {
      return this.editor.say(`a box is at least ${SMALLEST_BOX} pixels of the photo wide and high; draw it around the hand`);
    }
    this.ask({ points: [], box: [box.left, box.top, box.right, box.bottom] });
  }

  async ask(prompt) {
    if (!this.assist) return;
    this.cancel();
    const turn = ++this.turn;
    this.asking = { prompt, stop: new AbortController() };
    this.editor.drawMarks();
    try {
      const question = { prompt, runs: this.editor.mask.toRuns(), turn };
      const answer = await this.assist(question, this.asking.stop.signal);
      if (turn === this.turn) this.receive({ ...answer, prompt });
    } catch (error) {
      if (turn !== this.turn) return;
      this.cancel();
      this.editor.say(error.message);
    }
  }

  // A line that is being drawn is not interrupted: the answer waits until it ends.
  receive(answer) {
    if (this.editor.line) this.waiting = answer;
    else this.take(answer, 0);
  }

  lineEnded() {
    if (this.waiting) this.take(this.waiting, 0);
  }

  // Put one of an answer's proposals into the mask. What was drawn meanwhile is drawn by hand, and stays.
  take(answer, which) {
    const { box, pixels } = answer.proposals[which];
    this.asking = this.waiting = null;
    const changes = box && this.editor.mask.propose(box, pixels);
    this.editor.close("prompt", changes, { keep: true, after: answer.prompt, prompt: answer.prompt, assistant: answer.assistant });
    this.choice = { answer, which };
    this.editor.say(this.about(this.editor.history.done.at(-1).box));
  }

  about(box) {
    const { answer, which } = this.choice;
    const many = answer.proposals.length;
    const said = `${answer.assistant.split("@")[0]}, ${Math.round(answer.seconds * 1000)} ms${many > 1 ? `, proposal ${which + 1} of ${many} (C for the next)` : ""}`;
    if (!box) return `${said}: nothing changes here, and what was drawn by hand stays as it is.`;
    const small = (box.right - box.left) * (box.bottom - box.top) < this.editor.mask.pixels.length / 1000;
    return small && !answer.prompt.box ? `${said}: a small change. A box (R) around the hand finds more.` : `${said}.`;
  }

  // The same act, with the next of the proposals.
  chooseNext() {
    this.cancel();
    if (!this.choice || this.choice.answer.proposals.length < 2) return this.editor.say("there is no other proposal to choose");
    const { answer, which } = this.choice;
    this.editor.takeBack();
    this.take(answer, (which + 1) % answer.proposals.length);
  }

  // After an act, or after one was undone or done again.
  settle(prompt) {
    this.settled = prompt;
    this.choice = null;
  }

  forget() {
    this.cancel();
    this.settled = NO_PROMPT;
    this.editor.drawMarks();
  }

  // No answer that is still on its way will change anything.
  cancel() {
    this.asking?.stop.abort();
    this.asking = this.waiting = null;
    this.turn++;
    this.editor.drawMarks();
  }
}
