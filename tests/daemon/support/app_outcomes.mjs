// What becomes of clients whose application gives no answer, whatever it is asked by.
import assert from 'node:assert/strict';
import {openCable} from './cable.mjs';
import {channel} from './channel.mjs';

/** The log line of a call that ended with that status. */
export const failedCall = (status) => new RegExp(`app server call failed.*status=${status}\\b`);

/** A client that is sent away because the application gave no answer: not a word, and 1011. */
export async function sentAway(t, daemon, offered = undefined) {
  const cable = await openCable(t, daemon, {offered});
  const {code} = await cable.waitForClose();
  assert.equal(cable.inbox.size, 0, 'no message');
  assert.equal(code, 1011);
}

/** A subscription that is rejected. */
export async function rejected(cable, identifier = channel()) {
  cable.send({command: 'subscribe', identifier});
  assert.deepEqual(await cable.next('the rejection'), {type: 'reject_subscription', identifier});
}
