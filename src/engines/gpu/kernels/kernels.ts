import type { Algebra, Kernel, Values } from '../../kernel.ts';

/** The kernels that operations on products are composed of. */

/** x ⊙ the factor of this name and gate. */
export function maskKernel(factor: string, gate: number): Kernel {
  return remembered(`mask ${factor} ${gate}`, (name) => ({
    name,
    inputs: { x: ['x'] },
    factors: { [factor]: gate },
    outputs: { y: ['masked'] },
    body: <V>(a: Pick<Algebra<V>, 'mul'>, v: Values<V, string>) => ({ masked: a.mul(v.x as V, v[factor] as V) }),
  }));
}

/** Matrices beside each other: `p0`, `p1`, ... become the segments of each row of y. */
export function joinKernel(parts: number): Kernel {
  return remembered(`join ${parts}`, (name) => {
    const indices = Array.from({ length: parts }, (_, i) => i);
    return {
      name,
      inputs: Object.fromEntries(indices.map((i) => [`p${i}`, [`part${i}`]])),
      outputs: { y: indices.map((i) => `joined${i}`) },
      body: <V>(_: unknown, v: Values<V, string>) =>
        Object.fromEntries(indices.map((i) => [`joined${i}`, v[`part${i}`] as V])),
    };
  });
}

/** x + plus */
export function addKernel(): Kernel {
  return remembered('add', (name) => ({
    name,
    inputs: { x: ['x'], plus: ['plus'] },
    outputs: { y: ['sum'] },
    body: <V>(a: Pick<Algebra<V>, 'add'>, v: Values<V, string>) => ({ sum: a.add(v.x as V, v.plus as V) }),
  }));
}

const known = new Map<string, Kernel>();

/** One kernel a name: engines remember what they made of a kernel, not of its name. */
function remembered(name: string, make: (name: string) => Kernel): Kernel {
  const found = known.get(name) ?? make(name);
  known.set(name, found);
  return found;
}
