/** All that the black box may report, in the order in which it is shown; a file each, or one for two that exclude each other, in properties/. */
export const PROPERTY_NAMES = [
  'output-fits',
  'cell-as-claimed',
  'evaluation-draws-nothing',
  'evaluation-is-the-mean',
  'calls-leave-no-trace',
  'seed-reproduces',
  'samples-are-independent',
  'padding-changes-nothing',
  'sites-as-claimed',
  'scaling-as-claimed',
  'carry-is-clean',
  'fixed-in-time',
  'drawn-each-step',
  'gates-as-claimed',
  'samples-differ',
  'shared-across-batch',
  'units-differ',
  'shared-across-units',
  'masks-are-fresh',
  'sites-differ',
  'sites-share',
  'rate-as-claimed',
  'directions-differ',
] as const;

export type PropertyName = (typeof PROPERTY_NAMES)[number];
