import assert from 'node:assert/strict';
import {confirmation} from './app_script.mjs';

/** The identifier of a channel of the application. */
export const channel = (name = 'ChatChannel', params = {}) => JSON.stringify({channel: name, ...params});

/** Subscribes to a channel that the application confirms by its own hand. */
export async function join(cable, identifier = channel()) {
  cable.send({command: 'subscribe', identifier});
  assert.equal(await cable.nextText('the confirmation'), confirmation(identifier));
  return identifier;
}

export const act = (cable, identifier, data = '{"action":"speak"}') => (
  cable.send({command: 'message', identifier, data}));
