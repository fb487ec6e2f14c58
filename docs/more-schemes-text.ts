/** The schemes that share masks, draw numbers, or act on an embedding: a part of schemes-text.ts. */
import {
  concrete,
  embeddingRowDropout,
  gaussian,
  sharedAcrossBatch,
  sharedAcrossLayers,
  stochasticDepth,
  tokenDropout,
  unknownDropout,
  variational,
  wordTypeDropout,
} from 'keepgate';
import { SHADES } from './scheme-pictures.ts';
import type { SchemeText } from './schemes-text.ts';

export const SHARED_AND_NUMBERS: readonly SchemeText[] = [
  {
    title: 'stochasticDepth',
    paper:
      'Stochastic depth (Huang et al. 2016, arXiv:1603.09382) in time, which Krueger et al. 2017 (arXiv:1606.01305) compare with zoneout.',
    equation: `h = m_t h~ + (1 - m_t) h'        m_t one number for all units of a sample, drawn at each step; c in the same way`,
    drawn: [
      {
        call: 'stochasticDepth({ hidden: 0.25, cell: 0.25 })',
        scheme: stochasticDepth({ hidden: 0.25, cell: 0.25 }),
      },
    ],
    picture:
      'One row for all units: at a dot the sample leaves the step out. h and c are held together, so that their rates must be equal; `tied: false` gives each draws of its own.',
    untouched: 'As in zoneout: nothing is set to zero and nothing is scaled.',
    rates: '0.05 for characters (PTB), in the experiments of Krueger et al.',
    use: 'To compare with zoneout, which the paper found better: units of their own are more noise than steps.',
    traps: 'As for zoneout: evaluation blends old and new, see [trap 2](#three-scaling-traps).',
  },
  {
    title: 'sharedAcrossBatch',
    paper: "TensorFlow's `DropoutWrapper(variational_recurrent=True)` draws its masks so.",
    equation: `a = W (x ⊙ m / (1-p)) + ...        m [1,I]: one for all samples of the batch`,
    drawn: [
      {
        call: 'sharedAcrossBatch(variational({ input: 0.5, recurrent: 0.5 }))',
        scheme: sharedAcrossBatch(variational({ input: 0.5, recurrent: 0.5 })),
      },
    ],
    picture:
      "One block for all samples. As data it is `shared: ['batch']` of a rule; `shared: ['unit']` shares along the other axis.",
    untouched: 'What the scheme itself leaves alone. Weights and rows of an embedding are for all samples anyway.',
    rates: 'Those of the scheme.',
    use: 'To reproduce models that were trained so, and for speed: products on `simd` leave out [what all samples drop](guide/engines.md#masks-that-a-batch-shares). It draws less, and is more noise from batch to batch: no default, and [not the same training](guide/experiments.md#shared-masks).',
    traps:
      'Samples of a batch are no longer independent, so a batch is one sample of the noise: MC dropout needs a new plan for each pass.',
  },
  {
    title: 'sharedAcrossLayers',
    paper: 'Dropout over the depth of a stack: one mask for its layers, as it is one for the timesteps.',
    equation: `a^l = W^l x^l + b + U^l (h'^l ⊙ m / (1-p)) + ...        m one for all layers l and all steps`,
    drawn: [
      {
        call: 'sharedAcrossLayers(variational({ recurrent: 0.25 }))',
        scheme: sharedAcrossLayers(variational({ recurrent: 0.25 })),
      },
    ],
    picture:
      "The same block in each layer of `lstm({ layers })`; each direction has its own. As data it is `shared: ['layer']` of a rule.",
    untouched: 'What the scheme itself leaves alone, and layers that are not of the stack.',
    rates: 'Those of the scheme.',
    use: 'Where layers of a stack do the same work on one state, as those of a [residual or highway stack](guide/layers.md#depth) do: a unit is then gone at every depth.',
    traps:
      'Layers that take rows of another width, as the first of a stack may at `input`, share as much of the mask as they are wide.',
  },
  {
    title: 'gaussian',
    paper:
      'Srivastava et al. 2014, _Dropout: A Simple Way to Prevent Neural Networks from Overfitting_; Kingma, Salimans and Welling 2015, _Variational Dropout and the Local Reparameterization Trick_ (arXiv:1506.02557).',
    equation: `a = W (x ⊙ m) + b_ih + U (h' ⊙ m_h) + b_hh        m ~ N(1, p / (1-p)), fixed for all steps`,
    drawn: [
      { call: 'gaussian({ input: 0.5, output: 0.5 })', scheme: gaussian({ input: 0.5, output: 0.5 }) },
      { call: "gaussian({ input: 0.2, scope: 'step' })", scheme: gaussian({ input: 0.2, scope: 'step' }) },
    ],
    picture: `Shades, as masks have numbers: ${SHADES}`,
    untouched: 'What inverted dropout at the same sites leaves alone. The mean is 1, so evaluation is the bare cell.',
    rates: 'Those of Bernoulli dropout: mean and variance of the factor are the same.',
    use: 'Where no unit should be lost altogether, and as the noise that is nearest to a normal posterior.',
    traps:
      'At p = 0.5 one factor in six is negative. No unit is ever dropped, so what is said of dropped units does not hold. The ' +
      'rate is not learned: that is `concrete`.',
  },
  {
    title: 'concrete',
    paper: 'Gal, Hron and Kendall 2017, _Concrete Dropout_ (arXiv:1705.07832).',
    equation: `m = 1 - σ((log p - log(1-p) + log u - log(1-u)) / t)        u uniform, t the temperature
x ⊙ m / (1-p)                                               m fixed for all steps
loss + w |W|² / (1-p) + d I (p log p + (1-p) log(1-p))      w weightRegularizer, d dropoutRegularizer`,
    drawn: [
      { call: 'concrete({ input: 0.5, output: 0.5 })', scheme: concrete({ input: 0.5, output: 0.5 }) },
      { call: 'concrete({ input: 0.5, temperature: 0.5 })', scheme: concrete({ input: 0.5, temperature: 0.5 }) },
    ],
    picture: `Almost bits, and less so at a higher temperature. ${SHADES}`,
    untouched: 'What inverted dropout at the same sites leaves alone; evaluation is the bare cell.',
    rates:
      "Those that learning starts from: 0.1 in the authors' code, with a temperature of 0.1, a weightRegularizer of 1e-6 " +
      'and a dropoutRegularizer of 1e-5.',
    use: 'When the rate should be found rather than searched: models learn it with their weights. A plan of your own is drawn at the rate that you give.',
    traps:
      'The mean of m / (1-p) is near 1, not 1: m is not quite a bit. The rate cannot be 0, from which nothing is learned.',
  },
];

const OF_EMBEDDING =
  'Words with dots are dropped. For the embedding layer, `embedding({ ..., dropout })`: cells do not have the site.';

export const OF_EMBEDDINGS: readonly SchemeText[] = [
  {
    title: 'wordTypeDropout',
    paper: 'Gal and Ghahramani 2016 (arXiv:1512.05287): the embedding in variational dropout.',
    equation: `y_t = E[w_t] m[b, w_t] / (1-p)        m one number for each sample b and word type w`,
    drawn: [{ call: 'wordTypeDropout({ rate: 0.5 })', scheme: wordTypeDropout({ rate: 0.5 }) }],
    picture: `A word is dropped everywhere in a sample, or nowhere; samples differ. ${OF_EMBEDDING}`,
    untouched: 'The table itself: the row is back with the next batch.',
    rates: "0.3 for language models (PTB), 0.5 for reviews (the authors' code).",
    use: 'With `variational` in the recurrent layers: it is the same idea for the first weights of the network.',
    traps:
      "The authors' own script once drew it for each token instead; the repair was worth 0.1 in perplexity (75.2 to 75.1).",
  },
  {
    title: 'embeddingRowDropout',
    paper: 'Merity, Keskar and Socher 2017 (arXiv:1708.02182): `embedded_dropout` in the code of AWD-LSTM.',
    equation: `y_t = E[w_t] m[w_t] / (1-p)        m one number for each word type w, for the whole batch`,
    drawn: [{ call: 'embeddingRowDropout({ rate: 0.5 })', scheme: embeddingRowDropout({ rate: 0.5 }) }],
    picture: `A word is dropped in all samples, or in none. ${OF_EMBEDDING}`,
    untouched: 'The table itself: the row is back with the next batch.',
    rates: "0.1 in the authors' code (awd-lstm-lm).",
    use: 'Language models with large batches of long text, as a part of AWD-LSTM.',
    traps: 'The whole batch shares the draws, so MC dropout needs a new plan for each pass.',
  },
  {
    title: 'tokenDropout',
    paper: '`WordDropout` of Flair (Akbik et al. 2019).',
    equation: `y_t = E[w_t] m[b, t]        m one number for each sample b and step t; nothing is scaled`,
    drawn: [{ call: 'tokenDropout({ rate: 0.5 })', scheme: tokenDropout({ rate: 0.5 }) }],
    picture: `Each token for itself: the same word is dropped here and kept there. ${OF_EMBEDDING}`,
    untouched:
      "The other tokens, and the scale: with `scaling: 'none'` training has 1-p of the mean that evaluation has.",
    rates: '0.05 in taggers of Flair.',
    use: 'Taggers and classifiers that should not lean on a single word.',
    traps:
      'Without scaling evaluation is not the mean of training, which `schemeWarnings` says; as data, the site takes ' +
      "`scaling: 'inverted'`.",
  },
  {
    title: 'unknownDropout',
    paper:
      'Bowman et al. 2016, _Generating Sentences from a Continuous Space_ (arXiv:1511.06349): word dropout of the decoder.',
    equation: `w_t <- w_t if m[b, t] = 1, else the id of the unknown word        evaluation: w_t`,
    drawn: [{ call: 'unknownDropout({ rate: 0.5 })', scheme: unknownDropout({ rate: 0.5 }) }],
    picture:
      'A token is replaced before it is looked up. For the embedding layer, which must be told the id: `embedding({ ..., dropout, unknown })`.',
    untouched: 'The length of the sample, and padding, which is never replaced.',
    rates: 'Not verified: we have not read a rate in the paper itself.',
    use: 'So that the vector of the unknown word is trained, where training texts have none; and to make decoders use their state.',
    traps: 'It is not scaled, since nothing is multiplied: there is no factor whose mean evaluation could take.',
  },
];
