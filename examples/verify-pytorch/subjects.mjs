/** The recurrent layers of PyTorch, for `keepgate verify`: see README.md. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const [inputSize, hiddenSize, rate] = [3, 4, 0.35];

/** A layer in a process of Python, which ends with this one. */
function torchSubject(kind, name, claims) {
  let lines;
  const ask = async (call) => {
    if (!lines) {
      const script = fileURLToPath(new URL('layers.py', import.meta.url));
      const python = spawn(process.env.PYTHON ?? 'python3', [script, kind, `${inputSize}`, `${hiddenSize}`], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      for (const part of [python, python.stdin, python.stdout]) part.unref?.();
      lines = { input: python.stdin, answers: createInterface({ input: python.stdout })[Symbol.asyncIterator]() };
    }
    lines.input.write(`${JSON.stringify(call)}\n`);
    const { value, done } = await lines.answers.next();
    if (done) throw new Error('Python ended: is python3-torch installed? PYTHON names another interpreter');
    return JSON.parse(value);
  };
  return {
    name,
    cell: kind.split('-')[0],
    inputSize,
    hiddenSize,
    claims,
    setWeights: (weights) => ask({ weights }),
    forward: (x, { training, seed, lengths }) => ask({ x, training, seed, lengths }),
  };
}

const fixed = (site) => [{ site, rate, scope: 'sequence' }];
const stepwise = (site) => [{ site, rate, scope: 'step' }];

export default [
  torchSubject('lstm', 'nn.LSTM', []),
  torchSubject('gru', 'nn.GRU', []),
  torchSubject('rnn', 'nn.RNN', []),
  torchSubject('lstm-dropout', 'nn.LSTM(dropout=0.35), a single layer', stepwise('output')),
  torchSubject('gru-input', 'nn.Dropout, then nn.GRU: as variational dropout', fixed('input')),
  torchSubject('gru-input', 'nn.Dropout, then nn.GRU: as a mask for each step', stepwise('input')),
  torchSubject('lstm-output', 'nn.LSTM, then nn.Dropout: as locked dropout', fixed('output')),
  torchSubject('lstm-output', 'nn.LSTM, then nn.Dropout: as a mask for each step', stepwise('output')),
];
