import type { LayersOptions } from '../../../interop/format.ts';
import { layersOf } from '../../../interop/imported/import-layers.ts';
import { readTensors } from '../../../interop/read-tensors.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { output } from '../../output.ts';
import { layerText, nameText } from './layer-text.ts';

export interface InspectOptions extends LayersOptions {
  readonly at?: string;
  readonly json: boolean;
}

export async function runInspect(
  path: string,
  { at, json, kinds, activations, layouts }: InspectOptions,
): Promise<void> {
  const file = await readTensors(path, at === undefined ? {} : { at });
  const told = { ...(kinds && { kinds }), ...(activations && { activations }), ...(layouts && { layouts }) };
  const found = await layersOf(file, told);
  const tensors = Object.entries(file.tensors).map(([name, tensor]) => ({
    name,
    shape: tensor.shape,
    numbers: numbersOf(tensor),
  }));
  const notRead = Object.entries(file.refused).map(([name, reason]) => ({ name, reason }));
  const out = output(json);
  out.record({
    file: path,
    format: file.format,
    tensors,
    refusedTensors: notRead,
    layers: found.layers.map(({ name, kind, facts, notes }) => ({ name, kind, facts, notes })),
    refusedLayers: found.refused,
    others: found.others,
    notes: file.notes,
  });
  out.line(`${file.format}, ${tensors.length} tensors`);
  for (const note of file.notes) out.line(note);
  const shown = tensors.filter(({ name }) => !OF_OPTIMIZER.test(name));
  const aside = tensors.length - shown.length;
  if (aside > 0) out.line(`${aside} of them are the state of the optimizer, which --json lists`);
  if (shown.length > 0) {
    out.line('');
    out.table([
      ['tensor', 'shape', 'numbers'],
      ...shown.map(({ name, shape, numbers }) => [name, `[${shape.join(', ')}]`, numbers]),
    ]);
  }
  if (found.layers.length > 0) {
    out.line('');
    out.table([
      ['layer', 'kind', 'what it is'],
      ...found.layers.map((layer) => [nameText(layer.name), layer.kind, layerText(layer)]),
    ]);
  }
  const notes = found.layers.flatMap(({ name, notes }) => notes.map((note) => `${nameText(name)}: ${note}`));
  const refused = [...notRead, ...found.refused].map(({ name, reason }) => `refused: ${nameText(name)}: ${reason}`);
  const others = found.others.length === 0 ? [] : [`tensors of no layer here: ${found.others.join(', ')}`];
  if (notes.length + refused.length + others.length > 0) out.line('');
  for (const line of [...notes, ...refused, ...others]) out.line(line);
}

/** What an optimizer of Keras keeps in a file, of Keras 3 or before. */
const OF_OPTIMIZER = /^optimizer(_weights)?\//;

/** What the numbers of a tensor came to: narrow floats are widened, and 64-bit integers are float64. */
function numbersOf({ data }: Tensor): string {
  return Object.prototype.toString.call(data).slice('[object '.length, -'Array]'.length).toLowerCase();
}
