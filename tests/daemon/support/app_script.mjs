import assert from 'node:assert/strict';
import {Inbox} from './inbox.mjs';

export const welcome = (sid) => `{"type":"welcome","sid":"${sid}"}`;
// In the order of keys that Rails has, which is not the daemon's.
export const confirmation = (identifier) => `{"identifier":${JSON.stringify(identifier)},"type":"confirm_subscription"}`;
export const rejection = (identifier) => `{"identifier":${JSON.stringify(identifier)},"type":"reject_subscription"}`;

/** What an application answers unless a test's script says otherwise: everybody may come in and do everything. */
const obliging = {
  connect: ({sid}) => ({status: 1, identifiers: `{"user":"${sid}"}`, transmissions: [welcome(sid)]}),
  subscribe: ({body}) => ({status: 1, transmissions: [confirmation(body.identifier)]}),
  unsubscribe: {status: 1},
  message: {status: 1},
  disconnect: {status: 1},
};

/** A subscription to `streams`. */
export const follow = (...streams) => ({body}) => (
  {status: 1, streams, transmissions: [confirmation(body.identifier)]});

/** An application whose every answer is decided by a test. `script` maps connect, subscribe, unsubscribe, message and
    disconnect to an answer, or to a function of the call that makes one (or a promise of it). */
export class ScriptedApp {
  calls = [];
  #inboxes = new Map();

  constructor(script = {}) {
    this.script = script;
  }

  #inbox(kind) {
    if (!this.#inboxes.has(kind)) this.#inboxes.set(kind, new Inbox());
    return this.#inboxes.get(kind);
  }

  /** Records `call` = {method, sid, body, ...}, and hands out the answer. */
  async decide(call) {
    call.kind = call.method === 'command' ? call.body?.command : call.method;
    this.calls.push(call);
    this.#inbox(call.kind).push(call);
    const answer = this.script[call.kind] ?? obliging[call.kind];
    assert.notEqual(answer, undefined, `no answer to ${call.kind}`);
    return typeof answer === 'function' ? answer(call) : answer;
  }

  /** The next call of that kind that was not asked for yet. */
  next(kind, options) {
    return this.#inbox(kind).next(`the application to be asked: ${kind}`, options);
  }

  of(kind) {
    return this.calls.filter((call) => call.kind === kind);
  }
}

/** Something that stays shut until a test opens it. */
export function gate() {
  let open;
  const opened = new Promise((resolve) => { open = resolve; });
  return {opened, open};
}
