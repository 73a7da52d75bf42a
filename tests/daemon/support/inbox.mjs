import {within} from './deadline.mjs';

/** What arrived and was not asked for yet, in order. */
export class Inbox {
  #items = [];
  #waiting = [];
  #end = null;

  get size() {
    return this.#items.length;
  }

  push(item) {
    const waiter = this.#waiting.shift();
    if (waiter) waiter.resolve(item);
    else this.#items.push(item);
  }

  /** Nothing more will come; whoever waits is told why. */
  close(reason) {
    this.#end ??= reason;
    for (const {reject} of this.#waiting.splice(0)) reject(new Error(reason));
  }

  async next(what = 'a message', options = {}) {
    if (this.#items.length > 0) return this.#items.shift();
    if (this.#end) throw new Error(`waited for ${what}: ${this.#end}`);
    const waiter = {};
    const promise = new Promise((resolve, reject) => Object.assign(waiter, {resolve, reject}));
    this.#waiting.push(waiter);
    try {
      return await within(promise, what, options);
    } catch (error) {
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
      throw error;
    }
  }
}
