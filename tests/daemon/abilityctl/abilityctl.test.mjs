// Labels: hardened
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {createHmac} from 'node:crypto';
import {test} from 'node:test';

function run(args, env = {}) {
  const {status, stdout, stderr} = spawnSync(process.env.ABILITYCTL, args, {env, encoding: 'utf8', timeout: 10_000});
  return {code: status, stdout, stderr};
}

function hmac(text, encoding) {
  return createHmac('sha256', 's3cret').update(text).digest(encoding);
}

function claimsOf(token) {
  const [header, claims, signature] = token.trim().split('.');
  assert.equal(signature, hmac(`${header}.${claims}`, 'base64url'));
  return JSON.parse(Buffer.from(claims, 'base64url'));
}

test('a token holds the identity and expires after an hour, or as asked', () => {
  const identity = '{"id":"\u00fc","list":["a","b"]}';
  const made = run(['token', '--secret', 's3cret', identity]);
  assert.equal(made.code, 0, made.stderr);
  const {ext, exp} = claimsOf(made.stdout);
  assert.equal(ext, identity);
  assert.ok(Math.abs(exp - (Date.now() / 1000 + 3600)) < 60, String(exp));
  assert.deepEqual(claimsOf(run(['token', '--secret', 's3cret', '--ttl', '0', '["a","b"]']).stdout), {ext: '["a","b"]'});
});

test('a stream is signed as Rails signs it', () => {
  const text = Buffer.from('"chat/1"').toString('base64');
  assert.equal(run(['sign-stream', '--secret', 's3cret', 'chat/1']).stdout, `${text}--${hmac(text, 'hex')}\n`);
  assert.match(run(['sign-stream', '--secret', 's3cret', '--', '--x']).stdout, /^Ii0teCI=--/);
});

test('the secret can come from the environment, the nearest variable first', () => {
  const signed = run(['sign-stream', '--secret', 's3cret', 'x']).stdout;
  const token = run(['token', '--secret', 's3cret', '--ttl', '0', '1']).stdout;
  const variables = {
    'sign-stream': ['ABILITY_STREAMS_SECRET', 'ANYCABLE_STREAMS_SECRET', 'ABILITY_SECRET', 'ANYCABLE_SECRET'],
    token: ['ABILITY_JWT_SECRET', 'ANYCABLE_JWT_SECRET', 'ABILITY_SECRET', 'ANYCABLE_SECRET'],
  };
  for (const [i] of variables.token.entries()) {
    const env = (names) => Object.fromEntries(names.slice(i).map((name, at) => [name, at === 0 ? 's3cret' : 'other']));
    assert.equal(run(['sign-stream', 'x'], env(variables['sign-stream'])).stdout, signed);
    assert.equal(run(['token', '--ttl', '0', '1'], env(variables.token)).stdout, token);
  }
  assert.equal(run(['sign-stream', '--secret', 's3cret', 'x'], {ABILITY_SECRET: 'other'}).stdout, signed);
});

test('wrong usage is told in one sentence without the secret, and ends with 2', () => {
  const wrong = [
    [[], /subcommand/],
    [['nosuch'], /^abilityctl: nosuch is no subcommand; abilityctl --help explains more\.\n$/],
    [['fly', 'nope', 's3cret'], /nope is no subcommand; abilityctl fly --help/],
    [['s3cret-s3cret'], /that is no subcommand/],
    [['token'], /IDENTITY_JSON/],
    [['token', '{}'], /ABILITY_JWT_SECRET/],
    [['token', '--secret', 's3cret', 'user'], /JSON/],
    [['token', '--secret', 's3cret', ''], /JSON/],
    [['token', '--secret', 's3cret', '--ttl', '-1', '{}'], /--ttl/],
    [['token', '--secret', 's3cret', '--ttl', '1h', '{}'], /--ttl must be a number/],
    [['token', '--secrte', 's3cret', '{}'], /--secrte is no option/],
    [['token', '--secrte=s3cret', '{}'], /--secrte is no option/],
    [['token', '--secret=s3cret', '--secret=s3cret', '{}'], /--secret needs one value/],
    [['fly', 'ping', 'tcp://localhost:1', '--size', '70000'], /--size.*70000.*65535/],
    [['fly', 'ping', 'tcp://localhost:1', '--timeout', '-1'], /--timeout.*-1/],
    [['fly', 'ping', 'tcp://localhost:1', '--timeout', 's3cret'], /--timeout must be a number/],
    [['fly', 'ping', 'tcp://localhost:1', '--count'], /--count needs one value/],
    [['sign-stream', 'x'], /ABILITY_STREAMS_SECRET/],
    [['sign-stream', '--secret', 's3cret'], /NAME/],
    [['sign-stream', '--secret', 's3cret', ''], /name/],
    [['sign-stream', '--secret', 's3cret', 'a', 'b'], /the argument b is one too many/],
    [['sign-stream', '--secret', 's3cret', 'a', 'S3CRET/with anything'], /the last argument is one too many/],
  ];
  for (const [args, told] of wrong) {
    const {code, stdout, stderr} = run(args);
    assert.equal(code, 2, String(args));
    assert.match(stderr, told);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.doesNotMatch(stderr, /s3cret/);
    assert.equal(stdout, '');
  }
});

test('each number is told with its option, the value and what is allowed if it cannot be meant so', () => {
  const seconds = 'seconds from 0.001 to 3600';
  const fly = ['fly', 'ping', 'tcp://localhost:1'];
  const load = ['load', 'none.json', '--check'];
  const numbers = [
    ...['status', 'connections', 'streams', 'sessions', 'nodes', 'watch', 'drain', 'undrain'].map((each) => [[each], '--timeout', seconds]),
    [['connection', 'x'], '--timeout', seconds], [['stream', 'x'], '--timeout', seconds],
    [['disconnect', 'x'], '--timeout', seconds], [['log-level', 'info'], '--timeout', seconds],
    [['connections'], '--limit', 'from 1 to 1000000000'], [['streams'], '--limit', 'from 1 to 1000000000'],
    [['stream', 'x'], '--limit', 'from 1 to 1000'], [['history', 'x'], '--limit', 'from 1 to 1000'],
    [['drain'], '--within', 'seconds from 0 to 3600'], [['drain'], '--notice', 'seconds from 0 to 3600'],
    [['watch'], '--interval', 'milliseconds from 100 to 60000'], [['watch'], '--count', 'from 0 to 1000000000'],
    [['publish', 'a', 'b'], '--timeout', 'seconds from 0.001 to 86400'],
    [['token', '1', '--secret', 's3cret'], '--ttl', 'seconds from 0 to 1000000000'],
    [fly, '--timeout', 'seconds from 0.001 to 86400'], [fly, '--size', 'bytes from 0 to 65535'],
    [fly, '--count', 'from 1 to 1000000'],
    [['fly', 'subscribe', 'tcp://localhost:1', 'x'], '--count', 'from 0 to 1000000000'],
    [load, '--scale', 'from 0.0001 to 1000'], [load, '--lanes', 'from 0 to 256'], [load, '--processes', 'from 0 to 64'],
    [load, '--pid', 'from 1 to 2147483647'],
  ];
  for (const [args, option, allowed] of numbers) {
    for (const value of ['', 'nan', '-nan', 'inf', '-inf', '-1', '99999999999999999999', '0x10', '1h', '1 ', ' 1', '+']) {
      const {code, stdout, stderr} = run([...args, option, value]);
      // A word may be a secret that stands in the wrong place.
      const told = /[xh ]/.test(value) ? 'must be a number ' : `is ${value || 'empty'}, but must be a `;
      assert.equal(code, 2, `${args} ${option} '${value}': ${stderr}`);
      assert.ok(stderr.startsWith(`abilityctl: ${option} ${told}`), `'${value}': ${stderr}`);
      assert.ok(stderr.includes(` ${allowed}; abilityctl ${args[0]} `), `'${value}': ${stderr}`);
      assert.equal(stdout, '');
    }
  }
  assert.match(run(['drain', '--within', '1.5']).stderr, /--within is 1\.5, but must be a whole number of seconds from 0 to 3600/);
  // Not in the base of eight.
  assert.match(run(['drain', '--within', '010', '--notice', '11']).stderr, /--notice must be 0 to 10 seconds/);
  assert.match(run(['drain', '--help']).stdout, /SECONDS:0 to 3600/);
});

test('a key with a line break is refused before anything is sent', () => {
  for (const key of ['s3cret\r\nX-Evil: 1', 's3cret\n', '\r', 's3cret\x7f']) {
    for (const [args, env] of [[['--key', key], {}], [[], {ABILITY_BROADCAST_KEY: key}]]) {
      const {code, stderr} = run(['publish', '--url', 'http://127.0.0.1:1/', 'a', 'b', ...args], env);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /--key.* must have no line breaks or other control characters/);
      assert.doesNotMatch(stderr, /s3cret/);
    }
  }
});

test('help and version are printed, each subcommand with an example', () => {
  for (const args of [['--help'], ['token', '--help'], ['sign-stream', '-h']]) {
    const {code, stdout} = run(args, {ABILITY_SECRET: 's3cret'});
    assert.equal(code, 0);
    assert.match(stdout, /Usage: abilityctl/);
    assert.match(stdout, /Examples?:\n/);
    assert.doesNotMatch(stdout, /s3cret/);
  }
  for (const flag of ['--version', '-v']) assert.match(run([flag]).stdout, /^abilityctl \d+\.\d+\.\d+\n$/);
  assert.equal(run(['help']).stdout, run(['--help']).stdout);
  assert.equal(run(['help', 'fly', 'ping']).stdout, run(['fly', 'ping', '--help']).stdout);
  assert.match(run(['help', 'nosuch']).stderr, /nosuch is no subcommand/);
});
