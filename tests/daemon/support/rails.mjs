// @rails/actioncable is made for browsers: the little of one that it touches, before it is loaded.
import WebSocket from 'ws';

globalThis.document ??= {visibilityState: 'visible'};
globalThis.addEventListener ??= () => {};
globalThis.removeEventListener ??= () => {};

const {default: ActionCable} = await import('@rails/actioncable');
ActionCable.adapters.WebSocket = WebSocket;
// It looks every few seconds whether its connection is still there; tests have no time for that.
ActionCable.ConnectionMonitor.staleThreshold = 0.4;

export default ActionCable;
