"""Files as Keras 2 and 3 write them, and what models of them give: an independent specification, in float64 and plain loops.

    apt-get install -y --no-install-recommends python3-h5py
    python3 keras.py test/golden/keras

The names, attributes and versions of HDF5 are those of real files of Keras 2.1.5, 2.2.5, 3.4.1, 3.6.0 and 3.15.1. Nothing is shared with the package.
"""

import io
import json
import sys
import zipfile

import h5py
import numpy as np

OUT = sys.argv[1]
RNG = np.random.default_rng(20261128)


def random(*shape):
    return RNG.uniform(-0.9, 0.9, size=shape).astype(np.float32)


# --- what the layers are: each takes x [B,T,N] and a mask [B,T], and gives y and what becomes of the mask ---


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


FUNCTIONS = {
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "relu": lambda x: np.maximum(x, 0),
    "linear": lambda x: x,
    "hard_sigmoid_2": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "hard_sigmoid_3": lambda x: np.clip(x / 6 + 0.5, 0, 1),
}


def step(kind, w, x, state, units, act, gate_act, after):
    """One step of a sample, gates in the order of Keras."""
    kernel, recurrent, bias = (np.asarray(part, np.float64) for part in w)
    act, gate_act = FUNCTIONS[act], FUNCTIONS[gate_act]
    h = state[0]
    if kind == "rnn":
        return (act(x @ kernel + bias + h @ recurrent),)
    part = lambda value, gate: value[..., gate * units : (gate + 1) * units]
    if kind == "lstm":
        z = x @ kernel + h @ recurrent + bias
        i, f, o = (gate_act(part(z, gate)) for gate in (0, 1, 3))
        c = f * state[1] + i * act(part(z, 2))
        return o * act(c), c
    bias = bias if after else np.stack([bias, np.zeros_like(bias)])
    a, b = x @ kernel + bias[0], h @ recurrent + bias[1]
    z, r = (gate_act(part(a, gate) + part(b, gate)) for gate in (0, 1))
    if after:
        n = act(part(a, 2) + r * part(b, 2))
    else:
        n = act(part(a, 2) + (r * h) @ part(recurrent, 2))
    return (z * h + (1 - z) * n,)


def run(kind, w, x, mask, units, act="tanh", gate_act="sigmoid", after=True, backwards=False, zero=False):
    """All steps [T,units] of a sample and the last one. Masked steps hold the state; their output is the one before, or 0."""
    times = range(len(x))
    state = tuple(np.zeros(units) for _ in range(2 if kind == "lstm" else 1))
    ys, before = {}, np.zeros(units)
    for t in reversed(times) if backwards else times:
        if mask[t]:
            state = step(kind, w, x[t], state, units, act, gate_act, after)
            before = state[0]
            ys[t] = before
        else:
            ys[t] = np.zeros(units) if zero else before
    return np.stack([ys[t] for t in times]), state[0]


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


# --- how files are written ---


def h5_bytes(write):
    file = io.BytesIO()
    with h5py.File(file, "w") as h5:
        write(h5)
    return file.getvalue()


def keras_3(name, config, weights, version="3.6.0", folder="layers", assets=None, separator="/", names=True):
    """weights: group -> list of arrays, such as {'lstm/cell': [...]}."""

    def write(h5):
        for group, arrays in weights.items():
            path = separator.join([folder, *group.split("/"), "vars"])
            target = h5.create_group(path)
            if names:
                target.attrs["name"] = group.split("/")[0]
            for i, array in enumerate(arrays):
                target.create_dataset(str(i), data=array)
        optimizer = h5.create_group("optimizer/vars")
        optimizer.create_dataset("0", data=np.int64(7))

    h5 = h5_bytes(write)
    if name.endswith(".h5"):
        open(f"{OUT}/{name}", "wb").write(h5)
        return
    with zipfile.ZipFile(f"{OUT}/{name}", "w") as z:
        entries = {
            "metadata.json": json.dumps({"keras_version": version, "date_saved": "2026-11-28@12:00:00"}),
            "config.json": json.dumps(config),
            "model.weights.h5": h5,
        }
        for path, data in {**entries, **(assets or {})}.items():
            z.writestr(zipfile.ZipInfo(path), data)


def legacy(name, config, layers, version="2.2.4", split=False):
    """layers: [(layer, [(weight name, array), ...]), ...]; config None for weights alone, which stand at the root then."""
    with h5py.File(f"{OUT}/{name}", "w") as h5:
        if config is not None:
            h5.attrs["model_config"] = json.dumps(config)
            h5.attrs["keras_version"] = version
            h5.attrs["backend"] = "tensorflow"
        root = h5 if config is None else h5.create_group("model_weights")

        def listed(group, attribute, texts):
            texts = np.array([text.encode() for text in texts])
            if split and len(texts) > 1:
                for i, text in enumerate(texts):
                    group.attrs[f"{attribute}{i}"] = np.array([text])
            else:
                group.attrs[attribute] = texts

        listed(root, "layer_names", [layer for layer, _ in layers])
        for layer, weights in layers:
            group = root.create_group(layer)
            listed(group, "weight_names", [weight for weight, _ in weights])
            for weight, array in weights:
                group.create_dataset(weight, data=array)


def layer(class_name, name, module="keras.layers", **config):
    return {"module": module, "class_name": class_name, "config": {"name": name, "trainable": True, **config}, "registered_name": None}


def sequential(*layers):
    return {"module": "keras", "class_name": "Sequential", "config": {"name": "model", "layers": list(layers)}}


EXPECTED = {}


# --- a chain with everything that masks and drops ---

table = random(9, 4)
forward, backward = ([random(4, 12), random(3, 12), random(12)] for _ in range(2))
gru = [random(6, 15), random(5, 15), random(2, 15)]
head = [random(5, 3), random(3)]
bi = dict(units=3, activation="tanh", recurrent_activation="sigmoid", use_bias=True, return_sequences=True, dropout=0.25, recurrent_dropout=0.5, zero_output_for_mask=True)
chain = [
    layer("InputLayer", "ids", batch_shape=[None, None], dtype="int32", sparse=False, ragged=False),
    layer("Embedding", "tokens", input_dim=9, output_dim=4, mask_zero=True, embeddings_initializer="uniform"),
    layer("SpatialDropout1D", "spatial", rate=0.1, seed=None, noise_shape=None),
    layer("Bidirectional", "both", merge_mode="concat", layer=layer("LSTM", "forward_lstm", go_backwards=False, **bi), backward_layer=layer("LSTM", "backward_lstm", go_backwards=True, **bi)),
    layer("GRU", "reader", units=5, reset_after=True, return_sequences=True, recurrent_activation="sigmoid", activation="tanh", dropout=0.2, stateful=False, unroll=False, zero_output_for_mask=False),
    layer("GlobalAveragePooling1D", "mean", data_format="channels_last", keepdims=False),
    layer("Dense", "head", units=3, activation="softmax", use_bias=True),
]
weights = {
    "embedding": [table],
    "bidirectional/forward_layer/cell": forward,
    "bidirectional/backward_layer/cell": backward,
    "gru/cell": gru,
    "dense": head,
}
keras_3("chain.keras", sequential(*chain), weights, version="3.15.1")
keras_3("chain_3_4.keras", sequential(*chain), weights, version="3.4.1", names=False)
keras_3("chain_2_13.keras", sequential(*chain), weights, version="2.13.1", folder="_layer_checkpoint_dependencies", separator="\\")
keras_3("chain.weights.h5", None, weights)

X = [[3, 8, 1, 5, 2], [7, 4, 0, 0, 0], [2, 6, 6, 1, 0]]


def chain_output(ids, rule):
    x = table[ids].astype(np.float64)
    mask = np.array(ids) != 0
    ys = [run("lstm", w, x, mask, 3, backwards=back, zero=True)[0] for w, back in ((forward, False), (backward, True))]
    late = mask if rule == "keras-3.15" else np.ones_like(mask)
    y, _ = run("gru", gru, np.concatenate(ys, -1), late, 5)
    return softmax(y[late].mean(0) @ head[0].astype(np.float64) + head[1]).tolist()


EXPECTED["chain"] = {"x": X, **{rule: [chain_output(ids, rule) for ids in X] for rule in ("keras-3.15", "keras-3.16")}}


# --- texts ---

TOKENS = ["", "[UNK]", "film", "a", "warm", "dull", "its"]
words, cell, out = random(7, 3), [random(3, 8), random(2, 8), random(8)], [random(2, 1), random(1)]
texts = [
    layer("TextVectorization", "texts", max_tokens=None, standardize="lower_and_strip_punctuation", split="whitespace", ngrams=None, output_mode="int", output_sequence_length=None, pad_to_max_tokens=False, sparse=False, ragged=False, vocabulary=None, idf_weights=None, encoding="utf-8", vocabulary_size=7),
    layer("Embedding", "tokens", input_dim=7, output_dim=3, mask_zero=True),
    layer("LSTM", "reader", units=2, activation="tanh", recurrent_activation="sigmoid", recurrent_dropout=0.3),
    layer("Dense", "yes", units=1, activation="sigmoid"),
]
keras_3(
    "texts.keras",
    sequential(*texts),
    {"embedding": [words], "lstm/cell": cell, "dense": out},
    assets={"assets/layers/text_vectorization/vocabulary.txt": "\n".join(TOKENS) + "\n"},
)
SAID = ["A warm, WARM film!", "It's dull...  a film", "no\tknown word", "ÀÉ film"]
IDS = [[3, 4, 4, 2], [6, 5, 3, 2], [1, 1, 1], [1, 2]]


def text_output(ids):
    _, h = run("lstm", cell, words[ids].astype(np.float64), np.ones(len(ids), bool), 2)
    return sigmoid(h @ out[0].astype(np.float64) + out[1]).item()


EXPECTED["texts"] = {"texts": SAID, "ids": IDS, "yes": [text_output(ids) for ids in IDS]}


# --- Keras 2: a list as config, hard_sigmoid, a GRU that resets before, split lists, and weights of cuDNN ---

old = [random(3, 12), random(4, 12), random(12)]
dense = [random(4, 2), random(2)]
numbers = RNG.uniform(-1, 1, size=(2, 5, 3)).round(3)
config = [
    {"class_name": "GRU", "config": {"name": "gru_1", "batch_input_shape": [None, 5, 3], "units": 4, "activation": "tanh", "recurrent_activation": "hard_sigmoid", "use_bias": True, "implementation": 1, "dropout": 0.2, "recurrent_dropout": 0.0, "reset_after": False, "go_backwards": False, "return_sequences": False}},
    {"class_name": "Dense", "config": {"name": "dense_1", "units": 2, "activation": "linear", "use_bias": True}},
]
names = lambda name, parts=("kernel:0", "recurrent_kernel:0", "bias:0"): [f"{name}/{part}" for part in parts]
legacy(
    "legacy_list.h5",
    {"class_name": "Sequential", "config": config},
    [("gru_1", list(zip(names("gru_1"), old))), ("dense_1", list(zip(names("dense_1", ("kernel:0", "bias:0")), dense)))],
    split=True,
)
hidden = [run("gru", old, x, np.ones(5, bool), 4, gate_act="hard_sigmoid_2", after=False)[1] for x in numbers]
EXPECTED["legacy_list"] = {"x": numbers.tolist(), "y": [(h @ dense[0].astype(np.float64) + dense[1]).tolist() for h in hidden]}


def as_cudnn(matrix, gates, transpose):
    """The matrix [N,G*H] with the numbers of each block as cuDNN has them: [H,N], row by row, in the room of [N,H]."""
    blocks = np.split(matrix, gates, axis=1)
    return np.concatenate([block.T.reshape(block.shape) if transpose else block for block in blocks], axis=1)


lstm_w, lstm_r, lstm_b = random(3, 16), random(4, 16), random(32)
gru_w, gru_r, gru_b = random(3, 12), random(4, 12), random(24)
usual = {
    "lstm": [lstm_w, lstm_r, lstm_b[:16] + lstm_b[16:]],
    "gru": [gru_w, gru_r, gru_b.reshape(2, 12)],
}
legacy(
    "cudnn_weights.h5",
    None,
    [
        ("lstm_1", list(zip(names("lstm_1"), [as_cudnn(lstm_w, 4, True), as_cudnn(lstm_r, 4, True), lstm_b]))),
        ("gru_1", list(zip(names("gru_1"), [as_cudnn(gru_w, 3, True), as_cudnn(gru_r, 3, True), gru_b]))),
    ],
)
EXPECTED["cudnn"] = {
    "x": numbers.tolist(),
    **{kind: [run(kind, w, x, np.ones(5, bool), 4)[0].tolist() for x in numbers] for kind, w in usual.items()},
}


# --- each cell with every activation of the gates, in both versions ---

EXPECTED["cells"] = []
for version, slope in (("2.3.1", "hard_sigmoid_2"), ("3.6.0", "hard_sigmoid_3")):
    rows, stack = [], {}
    for kind, class_name, gates in (("lstm", "LSTM", 4), ("gru", "GRU", 3), ("rnn", "SimpleRNN", 1)):
        name = f"{kind}_hard" if kind != "rnn" else "rnn_relu"
        w = [random(3, gates * 4), random(4, gates * 4), random(*((2, 12) if kind == "gru" else (gates * 4,)))]
        own = {} if kind == "rnn" else {"recurrent_activation": "hard_sigmoid"}
        own = {**own, **({"reset_after": True} if kind == "gru" else {})}
        rows.append((class_name, name, {"units": 4, "activation": "relu" if kind == "rnn" else "tanh", **own}, w))
        y = [run(kind, w, x, np.ones(5, bool), 4, act="relu" if kind == "rnn" else "tanh", gate_act=slope)[0] for x in numbers]
        EXPECTED["cells"].append({"version": version, "layer": name, "y": [rows_.tolist() for rows_ in y]})
    layers = [{"class_name": c, "config": {"name": n, **o}} for c, n, o, _ in rows]
    legacy(f"cells_{version[0]}.h5", {"class_name": "Sequential", "config": {"name": "s", "layers": layers}}, [(n, list(zip(names(n), w))) for _, n, _, w in rows], version=version)
EXPECTED["cells_x"] = numbers.tolist()


# --- functional models: with the operation that Keras 3 writes for a mask, and one that is no chain ---


def tensor(source):
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, None], "dtype": "float32", "keras_history": [source, 0, 0]}}


def node(*sources, **kwargs):
    return [{"args": [tensor(source) for source in sources], "kwargs": kwargs}]


def functional(layers, outputs):
    return {"module": "keras.src.models.functional", "class_name": "Functional", "config": {"name": "f", "layers": layers, "input_layers": [["ids", 0, 0]], "output_layers": outputs}, "registered_name": "Functional"}


placed = [
    {**layer("InputLayer", "ids", batch_shape=[None, None]), "name": "ids", "inbound_nodes": []},
    {**layer("Embedding", "tokens", input_dim=7, output_dim=3, mask_zero=True), "name": "tokens", "inbound_nodes": node("ids")},
    {**layer("NotEqual", "not_equal", module="keras.src.ops.numpy"), "name": "not_equal", "inbound_nodes": [{"args": [tensor("ids"), 0], "kwargs": {}}]},
    {**layer("LSTM", "reader", units=2), "name": "reader", "inbound_nodes": node("tokens", mask=tensor("not_equal"), training=False)},
    {**layer("Dense", "yes", units=1, activation="sigmoid"), "name": "yes", "inbound_nodes": node("reader")},
]
keras_3("functional.keras", functional(placed, [["yes", 0, 0]]), {"embedding": [words], "lstm/cell": cell, "dense": out})
forked = [*placed, {**layer("Dense", "no", units=1), "name": "no", "inbound_nodes": node("reader")}]
keras_3("forked.keras", functional(forked, [["yes", 0, 0], ["no", 0, 0]]), {"embedding": [words], "lstm/cell": cell, "dense": out, "dense_1": out})

json.dump(EXPECTED, open(f"{OUT}/expected.json", "w"), indent=None)
