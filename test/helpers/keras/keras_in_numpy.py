"""What a .keras file gives for an input, by numpy and h5py alone: no code of Keras or of this package. Takes and gives JSON: [[path, input], ...] to outputs."""
import io, json, sys, zipfile
import h5py
import numpy as np

FUNCTIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "softmax": lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True),
}


def variables(weights, path):
    group = weights[path + "/vars"]
    return [group[str(i)][()].astype("float64") for i in range(len(group))]


def steps(kind, c, w, x):
    """All outputs [B,T,H] of one direction."""
    kernel, recurrent = w[:2]
    units = c["units"]
    bias = w[2] if c["use_bias"] else np.zeros(kernel.shape[1])
    f = FUNCTIONS[c["activation"]]
    g = FUNCTIONS[c.get("recurrent_activation", "linear")]
    h = np.zeros((x.shape[0], units))
    state = h
    out = []
    for t in range(x.shape[1]):
        if kind == "SimpleRNN":
            h = f(x[:, t] @ kernel + bias + h @ recurrent)
        elif kind == "LSTM":
            i, fg, cc, o = np.split(x[:, t] @ kernel + bias + h @ recurrent, 4, 1)
            state = g(fg) * state + g(i) * f(cc)
            h = g(o) * f(state)
        elif c["reset_after"]:
            both = bias if c["use_bias"] else [bias, bias]
            xz, xr, xh = np.split(x[:, t] @ kernel + both[0], 3, 1)
            hz, hr, hh = np.split(h @ recurrent + both[1], 3, 1)
            z = g(xz + hz)
            h = z * h + (1 - z) * f(xh + g(xr + hr) * hh)
        else:
            xz, xr, xh = np.split(x[:, t] @ kernel + bias, 3, 1)
            uz, ur, uh = np.split(recurrent, 3, 1)
            z, r = g(xz + h @ uz), g(xr + h @ ur)
            h = z * h + (1 - z) * f(xh + (r * h) @ uh)
        out.append(h)
    return np.stack(out, 1)


def recurrent_layer(weights, entry, path, x):
    kind, c = entry["class_name"], entry["config"]
    if kind != "Bidirectional":
        y = steps(kind, c, variables(weights, path + "/cell"), x[:, ::-1] if c["go_backwards"] else x)
        return y if c["return_sequences"] else y[:, -1]
    inner = c["layer"]
    kind, c = inner["class_name"], inner["config"]
    assert not c["go_backwards"]
    ahead = steps(kind, c, variables(weights, path + "/forward_layer/cell"), x)
    back = steps(kind, c, variables(weights, path + "/backward_layer/cell"), x[:, ::-1])
    if c["return_sequences"]:
        return np.concatenate([ahead, back[:, ::-1]], -1)
    return np.concatenate([ahead[:, -1], back[:, -1]], -1)


GROUPS = {"LSTM": "lstm", "GRU": "gru", "SimpleRNN": "simple_rnn", "Bidirectional": "bidirectional", "Embedding": "embedding", "Dense": "dense", "LayerNormalization": "layer_normalization", "BatchNormalization": "batch_normalization"}

def outputs(path, given):
    archive = zipfile.ZipFile(path)
    assert archive.testzip() is None
    config = json.loads(archive.read("config.json"))
    assert config["class_name"] == "Sequential"
    weights = h5py.File(io.BytesIO(archive.read("model.weights.h5")), "r")
    y = np.array(given)
    counts = {}
    for entry in config["config"]["layers"]:
        kind, c = entry["class_name"], entry["config"]
        count = counts.get(kind, 0)
        counts[kind] = count + 1
        group = "layers/" + GROUPS.get(kind, "") + (f"_{count}" if count else "")
        if kind in ("InputLayer", "Dropout", "SpatialDropout1D"):
            continue
        if kind == "Embedding":
            y = variables(weights, group)[0][y]
        elif kind == "Dense":
            kernel, bias = variables(weights, group)
            y = FUNCTIONS[c["activation"]](y @ kernel + bias)
        elif kind == "Activation":
            y = FUNCTIONS[c["activation"]](y)
        elif kind in ("LayerNormalization", "BatchNormalization"):
            assert c["axis"] == -1 and c["center"] and c["scale"]
            gamma, beta, *moving = variables(weights, group)
            mean, variance = moving or (y.mean(-1, keepdims=True), y.var(-1, keepdims=True))
            y = gamma * (y - mean) / np.sqrt(variance + c["epsilon"]) + beta
        elif kind == "GlobalAveragePooling1D":
            y = y.mean(1)
        elif kind == "GlobalMaxPooling1D":
            y = y.max(1)
        else:
            y = recurrent_layer(weights, entry, group, y)
    return y.tolist()


print(json.dumps([outputs(path, given) for path, given in json.load(sys.stdin)]))
