import {patience, within} from './deadline.mjs';

// Hooks of node:test run first in, first out; what was opened last has to go first.
const stacks = new WeakMap();

/** Runs `undo` when test `t` ends: last deferred first, every one of them, and the first error counts. */
export function defer(t, undo) {
  let stack = stacks.get(t);
  if (!stack) {
    stack = [];
    stacks.set(t, stack);
    t.after(async () => {
      let first;
      while (stack.length > 0) {
        try {
          // One that never ends would be killed by CTest, and nobody would know which test and what.
          const undoing = stack.pop();
          await within(Promise.resolve(undoing()), `the end of ${undoing}`, {ms: 6 * patience});
        } catch (error) {
          first ??= error;
        }
      }
      if (first) throw first;
    });
  }
  stack.push(undo);
}

// Children of a test that is ended from outside must not outlive it.
const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.once(signal, () => process.exit(1));

export function killAtExit(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}
