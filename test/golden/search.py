"""Golden values of the search: `python3 test/golden/search.py > test/golden/search.json`.

Needs scipy (1.10), numpy and optuna (3.1): python3-scipy and python3-optuna of Debian 12.
"""
import json
import warnings

import numpy as np
import optuna
import scipy.special
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers._tpe import _truncnorm
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator, _ParzenEstimatorParameters
from optuna.samplers._tpe.sampler import (
    TPESampler,
    _get_observation_pairs,
    _split_observation_pairs,
    default_gamma,
    default_weights,
)
from optuna.trial import TrialState, create_trial
from scipy.stats import qmc

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)

# Optuna 3.1.0 leaves the width out of a density, which adds up to something else than 1 then; later versions have it.
logpdf = _truncnorm.logpdf
_truncnorm.logpdf = lambda x, a, b, loc=0, scale=1: logpdf(x, a, b, loc, scale) - np.log(scale)

SPACE = {
    "cell": CategoricalDistribution(["lstm", "gru", "rnn"]),
    "learningRate": FloatDistribution(1e-4, 1e-2, log=True),
    "r": FloatDistribution(0.0, 0.6),
    "units": IntDistribution(4, 40),
    "layers": IntDistribution(1, 9, log=True),
}


def history(count, rng):
    """Trials in all states, as params and what came of them."""
    trials = []
    for number in range(count):
        params = {
            "cell": ["lstm", "gru", "rnn"][rng.randint(3)],
            "learningRate": float("%.4g" % np.exp(rng.uniform(np.log(1e-4), np.log(1e-2)))),
            "r": round(float(rng.uniform(0, 0.6)), 4),
            "units": int(rng.randint(4, 41)),
            "layers": int(rng.randint(1, 10)),
        }
        loss = round(float(rng.uniform(0.2, 0.9)), 4)
        kind = ["complete", "halted", "halted", "diverged", "first"][rng.choice(5, p=[0.3, 0.3, 0.2, 0.1, 0.1])]
        epochs = {"complete": 9, "halted": int([1, 3][rng.randint(2)]), "diverged": 0, "first": 0}[kind]
        trials.append({"params": params, "kind": kind, "epochs": epochs, "loss": loss})
    return trials


def frozen(trial):
    state = {"complete": TrialState.COMPLETE, "first": TrialState.RUNNING}.get(trial["kind"], TrialState.PRUNED)
    scored = trial["kind"] in ("complete", "halted")
    return create_trial(
        state=state,
        params=trial["params"],
        distributions=SPACE,
        value=trial["loss"] if state == TrialState.COMPLETE else None,
        intermediate_values={trial["epochs"]: trial["loss"]} if scored else {},
    )


def tpe(count, seed):
    rng = np.random.RandomState(seed)
    trials = history(count, rng)
    study = optuna.create_study()
    for trial in trials:
        study.add_trial(frozen(trial))
    names = list(SPACE)
    values, scores, _ = _get_observation_pairs(study, names, constant_liar=True)
    observed = sum(s < float("inf") for s, _ in scores)
    below, above = _split_observation_pairs(scores, default_gamma(observed), None)
    values = {name: np.asarray(column, dtype=float) for name, column in values.items()}
    parameters = _ParzenEstimatorParameters(True, 1.0, True, False, default_weights, True)
    parzen = [
        _ParzenEstimator({name: values[name][side] for name in names}, SPACE, parameters) for side in (below, above)
    ]
    candidates = parzen[0].sample(rng, 24)
    candidates["learningRate"] = np.array([float("%.4g" % x) for x in candidates["learningRate"]])
    candidates["r"] = np.round(candidates["r"], 4)
    densities = [one.log_pdf(candidates) for one in parzen]
    best = int(np.argmax(densities[0] - densities[1]))
    assert TPESampler._compare(candidates, *densities)["r"] == candidates["r"][best]
    return {
        "trials": trials,
        "below": below.tolist(),
        "above": above.tolist(),
        "candidates": [
            {name: SPACE[name].to_external_repr(candidates[name][i]) for name in names} for i in range(24)
        ],
        "below log densities": densities[0].tolist(),
        "above log densities": densities[1].tolist(),
        "best": best,
    }


x = [-150.0, -40.0, -9.5, -3.0, -2.5, -1.25, -0.1, 0.0, 0.3, 1.5, 2.9, 7.0]
golden = {
    "sobol": {"points": qmc.Sobol(32, scramble=False).random(40).tolist()},
    "normal": {"x": x, "log cdf": scipy.special.log_ndtr(np.array(x)).tolist()},
    "tpe": [tpe(12, 1), tpe(31, 2), tpe(60, 3)],
}
print(json.dumps(golden, indent=None, separators=(",", ":")))
