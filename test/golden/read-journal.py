"""What Optuna reads in a journal: `python3 read-journal.py JOURNAL`, as one line of JSON."""
import json
import sys
import warnings

warnings.simplefilter("ignore")
import optuna
from optuna.storages import JournalFileStorage, JournalStorage

optuna.logging.set_verbosity(optuna.logging.ERROR)
storage = JournalStorage(JournalFileStorage(sys.argv[1]))
[summary] = optuna.get_all_study_summaries(storage=storage)
study = optuna.load_study(study_name=summary.study_name, storage=storage)
complete = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.COMPLETE]
print(
    json.dumps(
        {
            "name": study.study_name,
            "direction": study.direction.name,
            "attributes": study.user_attrs,
            "best": study.best_trial.number if complete else None,
            "trials": [
                {
                    "number": trial.number,
                    "state": trial.state.name,
                    "params": trial.params,
                    "values": trial.values,
                    "scores": {str(step): value for step, value in trial.intermediate_values.items()},
                    "attributes": trial.user_attrs,
                }
                for trial in study.trials
            ],
        },
        separators=(",", ":"),
    )
)
