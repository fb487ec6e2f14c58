import { expect, test } from 'vitest';
import type { OnnxGraph, OnnxNode } from '../../../../src/interop/onnx/graph/graph.ts';
import { Constants } from '../../../../src/interop/onnx/layers/constants.ts';
import { stateNotes } from '../../../../src/interop/onnx/layers/initial-state.ts';
import { Scope } from '../../../../src/interop/onnx/layers/scope.ts';

const node = (op: string, inputs: readonly string[], output: string): OnnxNode =>
  ({ op, name: output, domain: '', inputs, outputs: [output], attributes: {} }) as unknown as OnnxNode;

test('a state that is cut of an input is told by the name of the input', () => {
  const lstm = node('LSTM', ['x', 'w', 'r', '', '', '/rnn/Slice_output_0', 'c0'], 'y');
  const nodes = [node('Cast', ['h0'], 'cast'), node('Slice', ['cast'], '/rnn/Slice_output_0'), lstm];
  const inputs = ['x', 'h0', 'c0'].map((name) => ({ name }));
  const scope = new Scope({ nodes, inputs, outputs: [], initializers: {} } as unknown as OnnxGraph);
  expect(stateNotes(scope, lstm, new Constants({}))).toEqual([
    'it begins with what comes as "h0": pass it as state',
    'it begins with what comes as "c0": pass it as state',
  ]);
});
