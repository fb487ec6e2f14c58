import { show } from '../../../errors.ts';
import { type KerasConfig, type KerasLayer, own } from './keras-layer.ts';

/** What a layer is applied to: the names of the layers that its input comes from. */
interface Application {
  readonly inputs: readonly string[];
  /** Inputs by name: `mask`, `initial_state`. */
  readonly named: ReadonlyMap<string, readonly string[]>;
}

/** Says of a mask which ids are not 0: Keras 3 writes it beside an Embedding whose mask goes on. */
const MASK_OF_IDS = 'NotEqual';

/** The layers of a functional model in the order in which they run, if each has one input and one output. */
export function chainOf(
  entries: readonly unknown[],
  layers: readonly KerasLayer[],
  config: unknown,
): KerasConfig['chain'] {
  const masks = new Set(layers.filter(({ className }) => className === MASK_OF_IDS).map(({ name }) => name));
  const after = new Map<string, KerasLayer>();
  let first: KerasLayer | undefined;
  for (const [i, entry] of entries.entries()) {
    const layer = layers[i] as KerasLayer;
    if (masks.has(layer.name)) continue;
    const applied = applicationsOf(entry);
    const broken = (expected: string, came: string) => ({
      name: layer.name,
      reason: `${expected} was expected, but ${came} came; import its layers by importLayers`,
    });
    if (layer.className === 'InputLayer') {
      if (first) return broken('one input of the model', `${show(first.name)} and ${show(layer.name)}`);
      first = layer;
      continue;
    }
    const [application, second] = applied;
    if (!application || second) return broken('a layer that is used once', `${applied.length} uses`);
    for (const [name, sources] of application.named) {
      const isMask = name === 'mask' && sources.every((source) => masks.has(source));
      if (!isMask) return broken('a layer with one input', `another one as ${show(name)}`);
    }
    const [source, other] = application.inputs;
    if (source === undefined || other !== undefined) return broken('a layer with one input', show(application.inputs));
    const rival = after.get(source);
    if (rival)
      return broken(
        'layers one behind the other',
        `${show(rival.name)} and ${show(layer.name)} behind ${show(source)}`,
      );
    after.set(source, layer);
  }
  const chain: KerasLayer[] = [];
  for (let layer = first; layer && chain.length <= layers.length; layer = after.get(layer.name)) chain.push(layer);
  if (chain.length === layers.length - masks.size && outputsOf(config).join() === (chain.at(-1)?.name ?? ''))
    return chain;
  return {
    name: '',
    reason: 'layers one behind the other were expected, but others came; import its layers by importLayers',
  };
}

/** `inbound_nodes`: lists of lists in Keras 2, objects of args and kwargs in Keras 3. */
function applicationsOf(entry: unknown): readonly Application[] {
  const nodes = own(entry, 'inbound_nodes');
  if (!Array.isArray(nodes)) return [];
  return nodes.map((node) => {
    if (Array.isArray(node)) {
      // In tf.keras a node of one input may be that input itself.
      const inputs = typeof node[0] === 'string' ? [node] : node;
      const named = new Map<string, string[]>();
      for (const input of inputs) {
        for (const [name, value] of Object.entries(Object((input as unknown[])[3]))) {
          if (typeof value === 'object' && value !== null) named.set(name, [String((value as unknown[])[0])]);
        }
      }
      return { inputs: inputs.map((input) => String((input as unknown[])[0])), named };
    }
    const named = new Map<string, string[]>();
    for (const [name, value] of Object.entries(Object(own(node, 'kwargs')))) {
      const sources = sourcesIn(value, 0);
      if (sources.length > 0) named.set(name, sources);
    }
    return { inputs: sourcesIn(own(node, 'args'), 0), named };
  });
}

const DEEPEST = 8;

/** The layers that tensors in a value come from. */
function sourcesIn(value: unknown, depth: number): string[] {
  if (depth > DEEPEST) return ['...'];
  if (Array.isArray(value)) return value.flatMap((entry) => sourcesIn(entry, depth + 1));
  const history = own(own(value, 'config'), 'keras_history');
  return Array.isArray(history) ? [String(history[0])] : [];
}

/** The layers that the outputs of a model come from. */
function outputsOf(config: unknown): readonly string[] {
  const outputs = own(config, 'output_layers');
  if (!Array.isArray(outputs)) return [];
  return (typeof outputs[0] === 'string' ? [outputs] : outputs).map((output) => String(Object(output)[0]));
}
