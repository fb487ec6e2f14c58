import { show } from '../../../errors.ts';
import { Refusal } from '../../imported/refusal.ts';
import { type OnnxNode, tensorAttribute } from '../graph/graph.ts';
import type { Constants } from './constants.ts';
import type { Scope } from './scope.ts';

/** Operators that give zeros where their first input is zeros. */
const KEEPS_ZEROS = new Set(
  'Identity Cast Expand Slice Unsqueeze Squeeze Reshape Transpose Tile Gather Dropout'.split(' '),
);

const MOST_DEPTH = 64;

/** What is to be known of where a node begins. @throws Refusal for a state of constants other than 0 */
export function stateNotes(scope: Scope, node: OnnxNode, constants: Constants): readonly string[] {
  const [, , , , lengths, h, c] = node.inputs;
  return [
    ...(lengths ? ['its lengths (sequence_lens) come with x: pass them as lengths'] : []),
    ...[h, c].flatMap((name) => {
      if (!name || isZeros(scope, name, constants)) return [];
      const value = constants.valueOf(scope, name);
      if (value?.toFlat().every((entry) => entry === 0)) return [];
      if (value)
        throw new Refusal(
          'zeros, or an input, as the initial state',
          'other constants',
          'export it with an input for it',
        );
      const names = [...inputsBehind(scope, name)].map(show).join(', ');
      return [
        names === ''
          ? `it begins with what the graph computes, ${show(name)}: pass it as state`
          : `it begins with what comes as ${names}: pass it as state`,
      ];
    }),
  ];
}

/** The inputs of the graph that a value is computed of. */
function inputsBehind(scope: Scope, name: string): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<unknown>();
  const open = [{ scope, name }];
  for (let next = open.pop(); next; next = open.pop()) {
    const from = next.scope.find(next.name);
    if (from?.input !== undefined) found.add(from.input);
    if (!from?.node || seen.has(from.node)) continue;
    seen.add(from.node);
    for (const input of from.node.inputs) open.push({ scope: from.scope, name: input });
  }
  return found;
}

/** Whether zeros come out, of whatever size: exporters make them for the size of the batch. */
function isZeros(scope: Scope, name: string, constants: Constants, depth = 0): boolean {
  const found = scope.find(name);
  if (!found?.node || depth > MOST_DEPTH) return found?.tensor !== undefined && isZeroConstant(scope, name, constants);
  const { op, inputs, domain } = found.node;
  if (domain !== '') return false;
  if (op === 'Constant') return isZeroConstant(found.scope, name, constants);
  if (op === 'ConstantOfShape') {
    const value = constants.tensorNamed(tensorAttribute(found.node, 'value'));
    return value === undefined ? !Object.hasOwn(found.node.attributes, 'value') : value.toFlat().every((v) => v === 0);
  }
  // Of before opset 9: zeros, unless it says another value.
  if (op === 'ConstantFill') return (found.node.attributes.value ?? 0) === 0;
  return KEEPS_ZEROS.has(op) && isZeros(found.scope, inputs[0] ?? '', constants, depth + 1);
}

function isZeroConstant(scope: Scope, name: string, constants: Constants): boolean {
  return (
    constants
      .valueOf(scope, name)
      ?.toFlat()
      .every((value) => value === 0) ?? false
  );
}
