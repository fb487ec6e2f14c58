/** Schemes to begin with, as the command line takes them, each with what to look at. */
export const PRESETS: readonly { readonly name: string; readonly text: string; readonly says: string }[] = [
  { name: 'Naive', text: 'naive(input=0.25,output=0.25)', says: 'New at each step, on what comes in and goes out.' },
  {
    name: 'Variational',
    text: 'variational(input=0.25,recurrent=0.25)',
    says: 'One column, repeated: a unit is there for the whole sequence, or not at all.',
  },
  {
    name: 'Per gate',
    text: 'variational(input=0.25,recurrent=0.25,tied=false)',
    says: 'Each gate has a mask of its own.',
  },
  {
    name: 'Update',
    text: 'recurrentDropout(update=0.25,scope=step)',
    says: 'What is added to the memory is dropped. What it holds is not.',
  },
  { name: 'Memory', text: 'rnnDrop(memory=0.25)', says: 'The memory itself is dropped, at every step.' },
  {
    name: 'Zoneout',
    text: 'zoneout(hidden=0.1,cell=0.5,scope=step)',
    says: 'A unit that is zoned out keeps its old value. Nothing becomes 0.',
  },
  { name: 'Weight drop', text: 'weightDrop(recurrent=0.5)', says: 'Connections are dropped, once for a whole batch.' },
  {
    name: 'Depth',
    text: 'stochasticDepth(hidden=0.1,cell=0.1)',
    says: 'Whole steps are passed over, all units at once.',
  },
  {
    name: 'Gaussian',
    text: 'gaussian(input=0.25,recurrent=0.25)',
    says: 'Noise of the same variance instead of zeros.',
  },
  { name: 'None', text: 'none', says: 'Everything is kept.' },
];
