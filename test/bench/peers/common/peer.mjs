import { createInterface } from 'node:readline';

export const RATE = 0.25;

/** What a turn takes at least: the first part of it is not timed, where steps are quick enough; ms. */
const [UNTIMED, TIMED] = [150, 300];
/** What is compiled at first use is compiled in this time, ms. */
const WARM = 2000;

/**
 * The child's side of the line protocol: first a line that says what runs, then a line of JSON for each line that
 * comes. Between lines the child waits, and does nothing. The runner writes
 *
 *     time W2 32 50 64 64      steps of a work at a size B T I H, each timed: { times }
 *     check W2 32 50 64 64     the first losses, from weights, inputs and masks that are the same everywhere: { values }
 *
 * @param system what runs: `version`, a `note` that belongs to its name, and `prepare(task)`, which gives null for a
 * work that the system does not have, or else `step()`, which does the work and gives the loss, or y of W1
 */
export async function serve({ version, note = '', prepare }) {
  // Standard output belongs to the protocol, whatever a library has to say.
  console.log = console.error;
  say({ version, note });
  const timed = { key: '', prepared: null, last: 0 };
  for await (const line of createInterface({ input: process.stdin })) {
    const [kind, work, ...sizes] = line.split(' ');
    const [batch, time, inputSize, hiddenSize] = sizes.map(Number);
    const task = taskOf(kind, work, { batch, time, inputSize, hiddenSize });
    try {
      say(kind === 'time' ? await timeOf(timed, line, task, prepare) : await checkOf(task, prepare));
    } catch (error) {
      say({ error: String(error?.message ?? error).split('\n')[0] });
    }
  }
  process.exit(0);
}

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function timeOf(timed, line, task, prepare) {
  if (timed.key !== line) {
    timed.prepared = await prepare(task);
    timed.key = line;
    if (timed.prepared) await warmUp(timed);
  }
  if (!timed.prepared) return { unsupported: true };
  // The other systems have had the caches in the meantime, and threads have gone to sleep.
  for (let spent = 0; spent < UNTIMED && timed.last < TIMED; spent += timed.last) await step(timed);
  const times = [];
  for (let spent = 0; spent < TIMED; spent += timed.last) {
    await step(timed);
    times.push(timed.last);
  }
  return { times };
}

/** Kernels are built at the first step, and functions are compiled to the end many steps later. */
async function warmUp(timed) {
  const start = performance.now();
  for (let steps = 0; steps < 2 || performance.now() - start < WARM; steps++) await step(timed);
}

async function step(timed) {
  const start = performance.now();
  const found = await timed.prepared.step();
  timed.last = performance.now() - start;
  if (!Number.isFinite(typeof found === 'number' ? found : found[0])) throw new Error('the result is not finite');
}

async function checkOf(task, prepare) {
  const prepared = await prepare(task);
  if (!prepared) return { unsupported: true };
  if (task.work === 'W1') return { values: digest(await prepared.step()) };
  const values = [];
  for (let i = 0; i < 4; i++) values.push(await prepared.step());
  return { values, biases: prepared.biases ?? 2 };
}

/** Numbers that a y [T,B,H] with an error somewhere would not have. */
function digest(y) {
  const mean = (of) => y.reduce((sum, value) => sum + of(value), 0) / y.length;
  return [mean((value) => value), mean((value) => value * value), y.at(-1)];
}

function taskOf(kind, work, size) {
  const drops = work === 'W2' || work === 'W3';
  const draw = kind === 'time' ? drawnMask : fixedMask;
  const { batch, inputSize, hiddenSize } = size;
  return {
    kind,
    work,
    size,
    cell: work === 'W3' ? 'gru' : 'lstm',
    trains: work !== 'W1',
    rate: drops ? RATE : 0,
    given: givenFor(work, size),
    /** A mask for x [B,I] and one for h [B,H], for all steps: factors, 0 or 1/(1-rate); null without dropout. */
    masks: drops ? () => ({ input: draw(batch * inputSize, 8), recurrent: draw(batch * hiddenSize, 9) }) : () => null,
  };
}

/** Inputs and weights, with the layout of PyTorch; gates i, f, g, o, or r, z, n. */
function givenFor(work, { batch, time, inputSize, hiddenSize }) {
  const rows = (work === 'W3' ? 3 : 4) * hiddenSize;
  const bound = 1 / Math.sqrt(hiddenSize);
  return {
    /** [T,B,I] */
    x: wave(time * batch * inputSize, 1, 1),
    /** [B] */
    labels: Array.from({ length: batch }, (_, sample) => sample % 2),
    /** [G*H,I] */
    weight_ih: wave(rows * inputSize, 2, bound),
    /** [G*H,H] */
    weight_hh: wave(rows * hiddenSize, 3, bound),
    /** [G*H] */
    bias_ih: wave(rows, 4, bound),
    bias_hh: wave(rows, 5, bound),
    /** [2,H] and [2], of the dense layer */
    weight: wave(2 * hiddenSize, 6, bound),
    bias: wave(2, 7, bound),
  };
}

/** Numbers that are easy to make alike in every language, and form no matrix of low rank. */
function wave(length, seed, scale) {
  return Float32Array.from({ length }, (_, i) => scale * Math.sin(((i * i) % 9973) + seed));
}

function drawnMask(length) {
  return Float32Array.from({ length }, () => (Math.random() < RATE ? 0 : 1 / (1 - RATE)));
}

function fixedMask(length, seed) {
  return wave(length, seed, 1).map((value) => (value < -0.7 ? 0 : 1 / (1 - RATE)));
}
