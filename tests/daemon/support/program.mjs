import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {defer, killAtExit} from './cleanup.mjs';
import {patience, within} from './deadline.mjs';
import {Inbox} from './inbox.mjs';

/** A program whose lines of output can be awaited, and that can be spoken to. */
export class Program {
  constructor(t, file, args, env = {}) {
    this.lines = new Inbox();
    this.errors = [];
    this.process = killAtExit(spawn(file, args, {env: {PATH: process.env.PATH, ...env}, stdio: ['pipe', 'pipe', 'pipe']}));
    defer(t, () => this.kill());
    // It may end before it has read all.
    this.process.stdin.on('error', () => {});
    createInterface({input: this.process.stdout}).on('line', (line) => this.lines.push(line));
    createInterface({input: this.process.stderr}).on('line', (line) => this.errors.push(line));
    this.ended = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('close', (code) => {
        this.lines.close(`ended with ${code}: ${this.errors.join('\n')}`);
        resolve(code);
      });
    });
    this.ended.catch((error) => this.lines.close(String(error)));
  }

  get pid() {
    return this.process.pid;
  }

  tell(line) {
    this.process.stdin.write(`${line}\n`);
  }

  next(what = 'a line', options) {
    return this.lines.next(what, {detail: () => this.errors.join('\n'), ...options});
  }

  /** The next line that `pattern` matches; those before it are dropped. */
  async nextLike(pattern, {ms = patience, ...options} = {}) {
    const end = performance.now() + ms;
    const last = [];
    for (;;) {
      const left = Math.max(end - performance.now(), 1);
      const line = await this.next(`a line like ${pattern}`, {...options, ms: left, detail: () => last.join('\n')});
      if (pattern.test(line)) return line;
      if (last.push(line) > 5) last.shift();
    }
  }

  /** Ends it without a word. */
  async kill() {
    this.process.kill('SIGKILL');
    await within(this.ended, 'the end of the program');
  }

  exitCode(options) {
    return within(this.ended, 'the end of the program', {detail: () => this.errors.join('\n'), ...options});
  }
}
