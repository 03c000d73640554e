"""Golden values for ECGTraining, from Keras in float64.

Weights and inputs come from a formula (`numbers`) that the tests repeat, so that the files stay small. Per network:
  training-NAME-probabilities.f64  of the first batch, before any step
  training-NAME-gradients.f64      of loss and penalties on the first batch, all parameters in Keras' order
  training-NAME-losses.f64         loss before each of three steps of Adam, of SGD, of SGD with momentum
  training-NAME-adam.f64, -sgd.f64, -momentum.f64   parameters after three steps
                                   (of the cosine losses, AdamW in place of Adam)
  training-NAME-moving.f64         moving averages after three steps of SGD, where there are any
  training-NAME-frozen-….f64       losses, parameters and moving averages of the layers that are left to train, where the
                                   first `frozen` ones have trainable = False
Biases right before batch normalisation, which have no gradient, are left out. Of the full-size networks only every `stride`-th number of each parameter is kept.
  training-plateau.f64             rows of loss and of the learning rate behind it, from ReduceLROnPlateau
  training-stopping.f64            rows of losses and, last, the epoch (from 0) after which EarlyStopping ends
"""
import os

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf

from keras_networks import cnn1d, cnn2d, inception1d, lenet5, resnet1d

keras.backend.set_floatx("float64")
here = os.path.dirname(os.path.abspath(__file__))
L = keras.layers


def numbers(count, seed):
    i = np.arange(count, dtype=np.uint64)
    h = (i * np.uint64(2654435761) + np.uint64(seed) * np.uint64(40503)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    h ^= h >> np.uint64(13)
    return h.astype(np.float64) / 2**32 - 0.5


def save(name, values):
    np.concatenate([np.asarray(v, dtype="<f8").ravel() for v in values]).tofile(f"{here}/training-{name}.f64")


def l2(value):
    return keras.regularizers.L2(value)


def networks():
    yield "image", 5, 1, [
        L.Input((11, 9, 2)),
        L.Conv2D(5, 3, padding="same", activation="relu"),
        L.MaxPooling2D(2),
        L.Conv2D(7, (3, 2), activation="tanh", kernel_regularizer=l2(0.01)),
        L.Flatten(),
        L.Dense(6, activation="relu"),
        L.Dense(4, activation="softmax"),
    ]
    yield "strided", 3, 1, [
        L.Input((10, 13, 3)),
        L.Conv2D(4, (3, 4), strides=2, padding="same", activation="tanh"),
        L.Conv2D(17, (2, 3), strides=(1, 2), padding="valid"),
        L.ReLU(),
        L.MaxPooling2D((3, 2), strides=(2, 1), padding="same"),
        L.Flatten(),
        L.Dense(3, activation="softmax"),
    ]
    yield "steps", 4, 1, [
        L.Input((23, 1)),
        L.Conv1D(6, 4, activation="tanh", kernel_regularizer=l2(0.01)),
        L.MaxPooling1D(2),
        L.Conv1D(5, 2, activation="tanh", kernel_regularizer=l2(0.02)),
        L.Flatten(),
        L.Dense(8, activation="tanh"),
        L.Dense(3, activation="softmax"),
    ]
    yield "lenet5", 3, 997, lenet5(40)
    yield "cnn1d", 3, 9973, cnn1d(40, dropout=False)
    yield "cnn2d", 3, 499, cnn2d(40, dropout=False)
    yield "inception1d", 6, 499, inception1d(12)
    yield "resnet1d", 6, 2999, resnet1d(12)
    blocks = []
    for filters, window, pool in [(4, (5, 5), 3), (8, (3, 2), 2), (16, (1, 2), 1)]:
        blocks += [
            L.Conv2D(filters, window, activation="elu", kernel_regularizer=l2(1e-3)),
            L.MaxPooling2D(pool),
            L.BatchNormalization(),
        ]
    yield "crnn", 5, 11, [
        L.Input((26, 26, 1)),
        *blocks,
        L.Reshape((4, 16)),
        L.Dense(20, activation="elu"),
        L.BatchNormalization(),
        L.GRU(21, return_sequences=True),
        L.Flatten(),
        L.Dense(30, activation="sigmoid"),
        L.Dense(5, activation="softmax"),
    ]
    yield "lstm", 5, 7, [
        L.Input((1, 30)),
        L.LSTM(24, return_sequences=True),
        L.LSTM(20),
        L.Reshape((4, 5)),
        L.LSTM(9, return_sequences=True),
        L.LSTM(7),
        L.Dense(5, activation="softmax"),
    ]
    for name in cosine:
        yield name, 6, 1, [
            L.Input((20, 1)),
            L.Conv1D(6, 4, strides=2, activation="tanh"),
            L.Flatten(),
            L.Dense(5, use_bias=False),
            L.UnitNormalization(),
            L.Dense(4, activation="softmax", use_bias=False),
        ]


# Of a cosine loss the scale, and what becomes of the right class's cosine.
cosine = {
    "cosface": (8.0, lambda c: c - 0.2),
    # The second form where the angle and the margin are more than half a turn.
    "arcface": (5.0, lambda c: tf.where(c > -np.cos(0.9), tf.cos(tf.acos(c) + 0.9), c - 0.9 * np.sin(0.9))),
}

# So many layers at the beginning are frozen in a second run.
frozen = {"image": 2, "steps": 3, "inception1d": 8, "crnn": 6}


def start(weight, seed):
    values = numbers(int(np.prod(weight.shape)), seed).reshape(weight.shape)
    if weight.name in ("gamma", "moving_variance"):
        return 1 + values
    fan = np.prod(weight.shape[:-1]) if weight.name.endswith("kernel") else 4.0
    return values * np.sqrt(12 / fan)


for name, batch, stride, layers in networks():
    model = keras.Sequential(layers) if isinstance(layers, list) else layers
    classes = model.output_shape[-1]
    ours = getattr(model, "ours", model.layers)
    # In resnet1d every convolution has batch normalisation behind it.
    variables = [
        weight
        for layer in ours
        for weight in layer.trainable_weights
        if not (name == "resnet1d" and isinstance(layer, L.Conv2D) and weight.name == "bias")
    ]

    def reset():
        for index, weight in enumerate(weight for layer in ours for weight in layer.weights):
            weight.assign(start(weight, index + 1))

    def batch_of(step):
        count = int(np.prod(model.input_shape[1:]))
        x = numbers(batch * count, 100 + step).reshape((batch,) + model.input_shape[1:]) * 4
        labels = [(3 * i + step) % classes for i in range(batch)]
        return x, np.eye(classes)[labels]

    if name in cosine:
        embedding = keras.Model(model.inputs, model.layers[-1].input)

    def cosines(x):
        return embedding(x, training=True) @ tf.linalg.l2_normalize(model.layers[-1].kernel.value, axis=0)

    def loss_and_gradients(x, y):
        with tf.GradientTape() as tape:
            if name in cosine:
                scale, penalized = cosine[name]
                c = cosines(x)
                logits = scale * tf.where(y == 1, penalized(c), c)
                loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, logits))
                return float(loss), tape.gradient(loss, variables)
            p = model(x, training=True)
            loss = tf.reduce_mean(keras.losses.categorical_crossentropy(y, p)) + sum(model.losses)
        return float(loss), tape.gradient(loss, variables)

    def kept(values):
        return [np.asarray(v).ravel()[::stride] for v in values]

    reset()
    x, y = batch_of(0)
    save(f"{name}-probabilities", [tf.nn.softmax(cosine[name][0] * cosines(x)) if name in cosine else model(x)])
    save(f"{name}-gradients", kept(loss_and_gradients(x, y)[1]))

    def three_steps(name):
        losses = []
        for optimizer_name, make in [
            ("adam", lambda: keras.optimizers.AdamW(learning_rate=0.001, weight_decay=0.1)
             if name in cosine else keras.optimizers.Adam(learning_rate=0.001)),
            ("sgd", lambda: keras.optimizers.SGD(learning_rate=0.01)),
            ("momentum", lambda: keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)),
        ]:
            reset()
            optimizer = make()
            for step in range(3):
                loss, gradients = loss_and_gradients(*batch_of(step))
                losses.append(loss)
                optimizer.apply_gradients(zip(gradients, variables))
            save(f"{name}-{optimizer_name}", kept(variables))
            moving = [
                weight
                for layer in ours
                if layer.trainable
                for weight in layer.non_trainable_weights
                if "moving" in weight.name
            ]
            if optimizer_name == "sgd" and moving:
                save(f"{name}-moving", moving)
        save(f"{name}-losses", [losses])

    three_steps(name)
    if name in frozen:
        for layer in ours[: frozen[name]]:
            layer.trainable = False
        variables = [weight for layer in ours for weight in layer.trainable_weights]
        three_steps(f"{name}-frozen")




def drive(callback, losses, after):
    """Runs a callback over a given sequence of losses, without training."""
    model = keras.Sequential([L.Input((1,)), L.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.001), loss="mse")
    model.stop_training = False
    callback.set_model(model)
    callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        callback.on_epoch_end(epoch, {"loss": float(loss)})
        if after(model, epoch):
            break


random = np.random.default_rng(1)
losses = np.concatenate([np.linspace(2, 1, 8), 1 + 0.3 * random.random(24), [0.95, 0.94995, 0.9499, 0.9], np.ones(30)])
rates = []
drive(
    keras.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=5, min_lr=1e-4),
    losses,
    lambda model, epoch: rates.append(float(model.optimizer.learning_rate.numpy())),
)
np.stack([losses, rates], 1).astype("<f8").tofile(f"{here}/training-plateau.f64")

losses = np.concatenate([[3, 2, 2.5, 1.9, 1.9, 1.95], 1.8 + random.random(12)])
stopped = []


def after(model, epoch):
    if model.stop_training:
        stopped.append(epoch)
    return model.stop_training


drive(keras.callbacks.EarlyStopping(monitor="loss", patience=4), losses, after)
save("stopping", [losses, stopped])
