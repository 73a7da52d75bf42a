import http from 'node:http';
import https from 'node:https';
import {defer} from './cleanup.mjs';
import {patience} from './deadline.mjs';

/** One request on a connection of its own, unless `agent` says otherwise. Resolves to {status, headers, body}. */
export function request(url, {body, agent = false, timeout = patience, ...options} = {}) {
  const {request: open} = String(url).startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    const sent = open(url, {agent, ...options}, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    sent.setTimeout(timeout, () => sent.destroy(new Error(`no answer from ${url} within ${timeout} ms`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** An agent that sends its requests one after the other on one kept-alive connection. */
export function keepAlive(t) {
  const agent = new http.Agent({keepAlive: true, maxSockets: 1});
  defer(t, () => agent.destroy());
  return agent;
}
