/** @import { Codes } from "./codes.js" */

/** The codes of every model as they are changed, and those before them. */
export class History {
  /** @param {Codes[]} codes */
  constructor(codes) {
    this.codes = codes;
    /** Those that a change begins with: what undo comes back to. */
    this.settled = codes;
    /** @type {Codes[][]} */
    this.past = [];
  }

  /** A change, which may be one of many of a drag, has come to its end. */
  settle() {
    if (this.codes === this.settled) return;
    this.past.push(this.settled);
    this.settled = this.codes;
  }

  undo() {
    this.settle();
    if (this.past.length) this.codes = this.settled = this.past.pop();
  }
}
