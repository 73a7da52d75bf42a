// Waiting is always for something that can be observed, and always ends: no test passes or fails by a pause.

/** How long a wait may take. A sanitizer build is slower; ABILITY_TEST_PATIENCE multiplies it. */
export const patience = 10_000 * Number(process.env.ABILITY_TEST_PATIENCE ?? 1);

/** How much more memory, and how much longer, everything may take: a sanitizer keeps what was freed. */
export const slack = Number(process.env.ABILITY_TEST_PATIENCE ?? 1);

export class DeadlineError extends Error {}

/** `promise`, or a DeadlineError that says what did not happen. `detail()` adds what is known by then. */
export async function within(promise, what, {ms = patience, detail} = {}) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new DeadlineError(`not within ${ms} ms: ${what}${detail ? `\n${detail()}` : ''}`));
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Asks `probe` again and again until it answers something truthy, and hands that out. */
export async function eventually(what, probe, {ms = patience, every = 15, detail} = {}) {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await probe();
    if (answer) return answer;
    if (performance.now() > end) {
      throw new DeadlineError(`not within ${ms} ms: ${what}${detail ? `\n${detail()}` : ''}`);
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
