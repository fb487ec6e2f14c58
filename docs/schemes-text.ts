import {
  lockedDropout,
  naive,
  recurrentDropout,
  rnnDrop,
  type Scheme,
  variational,
  weightDrop,
  zoneout,
} from 'keepgate';
import { OF_EMBEDDINGS, SHARED_AND_NUMBERS } from './more-schemes-text.ts';

/** What docs/schemes.md says about one scheme. Pictures, factors and tables are drawn from `drawn`, not written here. */
export interface SchemeText {
  readonly title: string;
  readonly paper: string;
  readonly equation: string;
  /** The schemes to draw: what is called, and what comes of it. */
  readonly drawn: readonly { readonly call: string; readonly scheme: Scheme }[];
  readonly picture: string;
  readonly untouched: string;
  readonly rates: string;
  readonly use: string;
  readonly traps: string;
}

export const SCHEMES: readonly SchemeText[] = [
  {
    title: 'naive',
    paper: 'Zaremba, Sutskever and Vinyals 2014, _Recurrent Neural Network Regularization_ (arXiv:1409.2329).',
    equation: `a = W (x ⊙ m_t / (1-p)) + b_ih + U h' + b_hh        m_t drawn anew at each step
y = h ⊙ m_t / (1-p)                                 at the site output`,
    drawn: [{ call: 'naive({ input: 0.5, output: 0.5 })', scheme: naive({ input: 0.5, output: 0.5 }) }],
    picture: 'Every timestep has its own column: this is what "per step" looks like.',
    untouched: 'The recurrent path: h and c go from step to step without any noise.',
    rates:
      "0.65 for the 2 x 1500 network in the authors' code (a commented block of `main.lua`); 0 for their small one.",
    use: 'Stacked layers on large data, and as the baseline that other schemes are compared with.',
    traps:
      "It is not variational dropout, however often it is called so: the mask changes at each step. PyTorch's " +
      '`nn.LSTM(dropout=)` is this scheme between the layers only: with one layer it does nothing.',
  },
  {
    title: 'variational, tied',
    paper:
      'Gal and Ghahramani 2016, _A Theoretically Grounded Application of Dropout in Recurrent Neural Networks_ ' +
      '(arXiv:1512.05287); "tied weights" in their Table 1.',
    equation: `a = W (x ⊙ m_x / (1-p_x)) + b_ih + U (h' ⊙ m_h / (1-p_h)) + b_hh        m_x, m_h fixed for all steps`,
    drawn: [
      {
        call: 'variational({ input: 0.5, recurrent: 0.5 })',
        scheme: variational({ input: 0.5, recurrent: 0.5 }),
      },
    ],
    picture: 'Whole rows: a unit that is dropped is dropped at every timestep. The samples differ.',
    untouched:
      "The h that is carried: only the copy of h' that enters the product with U is multiplied, so the GRU's z h' and " +
      "a zone's old h are clean. The LSTM's c is never multiplied.",
    rates:
      "Large language model: 0.3 on x and h (and 0.5 on the network's input and output); sentiment: 0.25 or 0.5 on all " +
      "(the authors' code, BayesianRNN).",
    use: 'The default for little data and for MC dropout: with several passes of `sample` it is the one with a Bayesian reading.',
    traps:
      'Rates act on each layer, so two stacked layers with 0.5 each are a lot. Do not expect the best epoch to be better: ' +
      "in public replications of the paper's reviews experiment (one seed) the gain is that late epochs over-train less.",
  },
  {
    title: 'variational, untied',
    paper: 'The same paper, "untied weights": one mask for each gate.',
    equation: `a_k = W_k (x ⊙ m_x,k / (1-p_x)) + b_ih,k + U_k (h' ⊙ m_h,k / (1-p_h)) + b_hh,k        k = i, f, g, o`,
    drawn: [
      {
        call: 'variational({ input: 0.5, recurrent: 0.5, tied: false })',
        scheme: variational({ input: 0.5, recurrent: 0.5, tied: false }),
      },
    ],
    picture: 'One picture for each gate, still in whole rows: untied in gates, fixed in time.',
    untouched: "As for the tied form: the carried h and the LSTM's c.",
    rates: 'As for the tied form.',
    use:
      'Large models, and the GRU at high rates: Keras 3 once tied its recurrent masks, its GRU then failed to converge ' +
      'at larger rates, and it went back to one mask per gate (keras issue 20276, pull request 20656).',
    traps:
      'It draws as many masks as there are gates, and the products with W and U are made gate by gate. The paper has ' +
      'large tied at 75.0 and untied at 75.2 test perplexity, 74.1 and 73.4 with MC dropout (Table 1).',
  },
  {
    title: 'recurrentDropout',
    paper: 'Semeniuta, Severyn and Barth 2016, _Recurrent Dropout without Memory Loss_ (arXiv:1603.05118).',
    equation: `c~ = f c' + i (g ⊙ m)                   LSTM
h  = (1 - z) (n ⊙ m) + z h'             GRU        m with 1/(1-p) when inverted
h  = n ⊙ m                              tanh RNN`,
    drawn: [
      { call: 'recurrentDropout({ update: 0.5 })', scheme: recurrentDropout({ update: 0.5 }) },
      {
        call: "recurrentDropout({ update: 0.5, scope: 'step' })",
        scheme: recurrentDropout({ update: 0.5, scope: 'step' }),
      },
    ],
    picture: 'The same site in both scopes: fixed rows, and new columns at each step.',
    untouched:
      "The memory: what is in c (or the GRU's h) stays there; a dropped unit only adds nothing new. The tanh RNN has no " +
      'memory beside its update, so there a dropped unit is zero.',
    rates:
      "0.5 on the update: fixed for language modelling, per step for the Temporal Order task (the authors' code, drop-rnn).",
    use: 'Long memories: nothing that was stored is lost, whatever the rate.',
    traps: "The authors' code scales literally; the default here is inverted. See [trap 3](#three-scaling-traps).",
  },
  {
    title: 'rnnDrop',
    paper: 'Moon, Choi, Lee and Song 2015, _RNNDROP: A Novel Dropout for RNNs in ASR_ (ASRU 2015).',
    equation: `c~ = (f c' + i g) ⊙ m        m with 1/(1-p) when inverted, fixed for all steps; c~ is what is carried`,
    drawn: [{ call: 'rnnDrop({ memory: 0.5 })', scheme: rnnDrop({ memory: 0.5 }) }],
    picture: 'Whole rows, as in variational dropout, but on the state itself.',
    untouched: 'x and h on their way into the products. LSTM only: other cells have no memory to drop.',
    rates: 'Not verified: we have not read a rate in the paper itself.',
    use: 'To reproduce the paper, or to compare with it.',
    traps:
      'It multiplies a carried state at every step: see [trap 1](#three-scaling-traps). `schemeWarnings` tells the ' +
      'factor for your rate, and `fit` lists it in `history.warnings`.',
  },
  {
    title: 'zoneout',
    paper:
      'Krueger et al. 2017, _Zoneout: Regularizing RNNs by Randomly Preserving Hidden Activations_ (arXiv:1606.01305).',
    equation: `c = m_c ⊙ c~ + (1 - m_c) ⊙ c'                     c~ = f c' + i g
h = m_h ⊙ (o tanh(c~)) + (1 - m_h) ⊙ h'           reads c~, before the zone (eq. 5)`,
    drawn: [
      { call: 'zoneout({ hidden: 0.25, cell: 0.5 })', scheme: zoneout({ hidden: 0.25, cell: 0.5 }) },
      {
        call: "zoneout({ hidden: 0.25, cell: 0.5, scope: 'step' })",
        scheme: zoneout({ hidden: 0.25, cell: 0.5, scope: 'step' }),
      },
      {
        call: "zoneout({ hidden: 0.25, cell: 0.25, scope: 'step', tied: true })",
        scheme: zoneout({ hidden: 0.25, cell: 0.25, scope: 'step', tied: true }),
      },
    ],
    picture:
      "A dot holds the old value. The paper draws at each step (scope 'step'); with the default scope a unit that is " +
      'dropped keeps its initial state for the whole sequence. `tied: true` is one mask for h and c.',
    untouched: 'x, the products and the gates. Nothing is set to zero and nothing is scaled.',
    rates:
      'The rates are those of keeping the old value. Characters (PTB): cell 0.5, hidden 0.05; words (PTB): 0.25 and ' +
      '0.025; permuted MNIST: 0.15 for both with one mask (`tied: true`). The paper: 0.05 to 0.2 on states reliably helps.',
    use: "Long sequences and character models; together with naive or variational dropout. Give `scope: 'step'` for the paper's scheme.",
    traps:
      'Evaluation is not the cell without dropout: it blends old and new. See [trap 2](#three-scaling-traps), the more so with a fixed mask. The GRU ' +
      'and the tanh RNN have h alone, so `cell` is an error there.',
  },
  {
    title: 'weightDrop',
    paper: 'Merity, Keskar and Socher 2017, _Regularizing and Optimizing LSTM Language Models_ (arXiv:1708.02182).',
    equation: `a = W x + b_ih + (U ⊙ M / (1-p)) h' + b_hh        M [G*H,H] drawn once per batch`,
    drawn: [{ call: 'weightDrop({ recurrent: 0.5 })', scheme: weightDrop({ recurrent: 0.5 }) }],
    picture: "The mask of U itself, one block for each gate: rows are the gate's units, columns the units of h'.",
    untouched:
      'The raw U, in which the update is made: a dropped entry is back with the next batch. All samples and all steps ' +
      'of a batch share the mask. The first step from a zero state is exact, as U meets zeros.',
    rates: "0.5 in the authors' code (awd-lstm-lm); 0.2 for language models and 0.5 for classifiers in fastai.",
    use: 'Language models with one or a few wide layers; and cheap, as U is masked once for all steps.',
    traps: 'One draw for a whole batch is little noise: small batches see more of it than large ones.',
  },
  {
    title: 'lockedDropout',
    paper: 'The same paper; `LockedDropout` in its code.',
    equation: `y = h ⊙ m / (1-p)        m fixed for all steps`,
    drawn: [{ call: 'lockedDropout({ output: 0.5 })', scheme: lockedDropout({ output: 0.5 }) }],
    picture: 'Whole rows, on what the layer hands on.',
    untouched: 'The carried h and c: only what the next layer sees is multiplied.',
    rates: 'Between layers 0.25 to 0.3, on the last output 0.4 (awd-lstm-lm).',
    use: 'Between stacked layers. `dropout({ rate })` is the same as a layer of its own.',
    traps: 'With `lstm({ layers: 2 })` it acts behind each layer of the stack, the last included.',
  },
  ...SHARED_AND_NUMBERS,
  ...OF_EMBEDDINGS,
  {
    title: 'Composition',
    paper: 'AWD-LSTM (Merity et al. 2017) and Krueger et al. 2017 both compose schemes.',
    equation: `a  = W (x ⊙ input) + b_ih + U (h' ⊙ recurrent) + b_hh
c~ = (f c' + i (g update)) memory
c  = [zoneCell | c~, c']                [keep | new, old] = keep new + (1 - keep) old
h  = [zoneHidden | o tanh(c~), h']
y  = h output                           a site that no scheme names is the factor 1`,
    drawn: [
      {
        call: "[...variational({ recurrent: 0.25 }), ...zoneout({ hidden: 0.25, scope: 'step' }), ...lockedDropout({ output: 0.5 })]",
        scheme: [
          ...variational({ recurrent: 0.25 }),
          ...zoneout({ hidden: 0.25, scope: 'step' }),
          ...lockedDropout({ output: 0.5 }),
        ],
      },
    ],
    picture: 'Each site has its own stream: adding a scheme leaves the masks of the others as they were.',
    untouched: 'Whatever no scheme of the list names.',
    rates: 'Lower than alone: word-level zoneout in the paper is 0.25 and 0.025 on top of naive dropout.',
    use: 'A scheme is a list of sites, so schemes compose by concatenation; `dropout: [a, b]` takes lists as they are.',
    traps:
      'Each site once: two schemes with the same site are a SiteError, since there is no one order to apply them in.',
  },
];
