import { ModelError, OptionError, show } from '../../../errors.ts';
import type { TensorFile } from '../../../interop/format.ts';
import type { Stage } from '../../../interop/imported/file-model.ts';
import type { FileLayers, ImportedLayer } from '../../../interop/imported/imported-layer.ts';
import { stagedLayers } from '../../../train/imported/stage-layers.ts';
import { Model } from '../../../train/model/model.ts';

/**
 * A model of layers that follow each other, with their weights in it, each as the file has it. A recurrent layer hands on all steps to
 * another one. The last one hands on what the file says, where that is known and nobody wants all; else its last step, or all where it is alone.
 * @throws ModelError where one does not fit on the one before it
 */
export async function modelOfLayers(imported: readonly ImportedLayer[], returnSequences: boolean): Promise<Model> {
  expectFitting(imported);
  const isLast = (i: number): boolean => imported.slice(i + 1).every(({ kind }) => kind !== 'recurrent');
  const stages = imported.map((layer, i): Stage => {
    if (layer.kind === 'embedding') return { kind: 'embedding', layer };
    if (layer.kind === 'dense') return { kind: 'dense', layer, activation: layer.facts.activation ?? 'linear' };
    const handsOn = layer.facts.returnSequences ?? imported.length === 1;
    return {
      kind: 'recurrent',
      layer,
      returnSequences: !isLast(i) || returnSequences || handsOn,
      maskedSteps: 'repeat',
    };
  });
  const { layers, weights, input } = stagedLayers({ stages, refused: [], notes: [] }, 'keras-3.15');
  const model = new Model(layers, { engine: 'reference' });
  await model.setWeights(weights, { input });
  return model;
}

function expectFitting(imported: readonly ImportedLayer[]): void {
  let width: number | null = null;
  for (const { name, kind, facts } of imported) {
    const wanted = 'inputSize' in facts ? facts.inputSize : null;
    if (width !== null && wanted !== width) {
      throw new ModelError(
        `import: layers that fit on each other were expected, but ${show(name)} (${kind}) takes ${wanted ?? 'token ids'} and what comes before it gives ${width}; name those of one chain by --only`,
      );
    }
    width = 'units' in facts ? facts.units : facts.hiddenSize * (facts.bidirectional ? 2 : 1);
  }
}

/** @throws OptionError where nothing says how several layers follow each other */
export function expectChain(imported: readonly ImportedLayer[], isSequential: boolean): void {
  if (imported.length === 1 || isSequential) return;
  const names = imported.map(({ name }) => name).join(', ');
  throw new OptionError(
    `import: --sequential, or the name of one layer by --only, was expected, but the file has ${names} and does not say how they follow each other`,
  );
}

/**
 * Of a file that tells how its layers stand, one may be had by itself, and never several by the order of their names.
 * @throws OptionError for options that would take them otherwise
 */
export function expectOneLayer(
  { format }: TensorFile,
  { only = [], sequential }: { readonly only?: readonly string[]; readonly sequential: boolean },
): void {
  if (!sequential && only.length === 1) return;
  throw new OptionError(
    `import: the whole model, or one layer of it by --only, was expected of a file that says how its layers stand, but ${format} came with ${sequential ? '--sequential' : `--only ${only.join(',')}`}; leave it out`,
  );
}

/**
 * Layers are the whole of a file only where nothing else has weights in it, or stands between them.
 * @throws ModelError that names what else there is
 */
export function expectNothingElse(file: TensorFile, { layers, others }: FileLayers): void {
  const rest = [...others, ...modulesWithoutWeights(file)];
  if (rest.length === 0) return;
  throw new ModelError(
    `import: recurrent, embedding and dense layers alone were expected, but the file has ${someOf(rest)} as well, of no layer here; name the layers that make a model without, of ${layers.map(({ name }) => name).join(', ')}, by --only`,
  );
}

/**
 * What a chain of named layers leaves out of a file, which may be computed between them: the file does not say where it stands. A layer by itself
 * leaves out nothing that somebody could miss.
 */
export function leftOutOf(file: TensorFile, found: FileLayers, only: readonly string[]): readonly string[] {
  if (only.length < 2) return [];
  const layers = [...found.layers, ...found.refused].map(({ name }) => name).filter((name) => !only.includes(name));
  return [...layers, ...found.others, ...modulesWithoutWeights(file)];
}

/** The line of it. */
export function leftOutText(names: readonly string[]): string {
  return `the model is without ${someOf(names)}, which the file has as well; whatever of it works between these layers is missing`;
}

const MOST_NAMED = 8;

function someOf(names: readonly string[]): string {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `${names.slice(0, MOST_NAMED).map(show).join(', ')}${more}`;
}

/** What a file that has whole modules, and not their weights alone, says of those that have none. */
function modulesWithoutWeights({ format, config, tensors, refused }: TensorFile): readonly string[] {
  if (format !== 'pytorch') return [];
  const named = Object.entries(Object(config?.modules) as Readonly<Record<string, unknown>>);
  const weights = [...Object.keys(tensors), ...Object.keys(refused)];
  return named.flatMap(([name, module]) => {
    const { type } = Object(module) as { type?: unknown };
    const hasWeights = weights.some((weight) => name === '' || weight.startsWith(`${name}.`));
    return hasWeights || typeof type !== 'string' || DOES_NOTHING.test(type) ? [] : [`${name} (${type})`];
  });
}

/** In evaluation, or by itself. */
const DOES_NOTHING = /^torch\.nn\.modules\.(dropout\.|loss\.|container\.|linear\.Identity$)/;
