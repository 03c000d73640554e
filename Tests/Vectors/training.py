"""Golden values for ECGTraining, from Keras in float64.

Weights and inputs come from a formula (`numbers`) that the tests repeat, so that the files stay small. Per network:
  training-NAME-probabilities.f64  of the first batch, before any step
  training-NAME-gradients.f64      of loss and penalties on the first batch, all parameters in Keras' order
  training-NAME-losses.f64         loss before each of three steps of Adam, of SGD, of SGD with momentum
  training-NAME-adam.f64, -sgd.f64, -momentum.f64   parameters after three steps
Of the full-size networks only every `stride`-th number of each parameter is kept.
  training-plateau.f64             rows of loss and of the learning rate behind it, from ReduceLROnPlateau
  training-stopping.f64            rows of losses and, last, the epoch (from 0) after which EarlyStopping ends
"""
import os

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf

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
    people = 40
    yield "lenet5", 3, 997, [
        L.Input((64, 64, 1)),
        L.Conv2D(32, 5, padding="same", activation="relu"),
        L.MaxPooling2D(2),
        L.Conv2D(64, 5, padding="same", activation="relu"),
        L.MaxPooling2D(2),
        L.Flatten(),
        L.Dense(people * 5 // 4, activation="relu"),
        L.Dense(people * 17 // 20, activation="relu"),
        L.Dense(people, activation="softmax"),
    ]
    yield "cnn1d", 3, 9973, [
        L.Input((200, 1)),
        L.Conv1D(100, 4, activation="tanh", kernel_regularizer=l2(0.001)),
        L.MaxPooling1D(2),
        L.Conv1D(200, 2, activation="tanh", kernel_regularizer=l2(0.001)),
        L.MaxPooling1D(4),
        L.Conv1D(300, 1, activation="tanh", kernel_regularizer=l2(0.001)),
        L.MaxPooling1D(2),
        L.Conv1D(400, 1, activation="tanh", kernel_regularizer=l2(0.001)),
        L.Flatten(),
        L.Dense(3000, activation="tanh"),
        L.Dense(people, activation="softmax"),
    ]


for name, batch, stride, layers in networks():
    model = keras.Sequential(layers)
    classes = model.output_shape[-1]

    def reset():
        for index, variable in enumerate(model.trainable_variables):
            count = int(np.prod(variable.shape))
            fan = count / variable.shape[-1] if len(variable.shape) > 1 else 4.0
            variable.assign(numbers(count, index + 1).reshape(variable.shape) * np.sqrt(12 / fan))

    def batch_of(step):
        count = int(np.prod(model.input_shape[1:]))
        x = numbers(batch * count, 100 + step).reshape((batch,) + model.input_shape[1:]) * 4
        labels = [(3 * i + step) % classes for i in range(batch)]
        return x, np.eye(classes)[labels]

    def loss_and_gradients(x, y):
        with tf.GradientTape() as tape:
            p = model(x, training=True)
            loss = tf.reduce_mean(keras.losses.categorical_crossentropy(y, p)) + sum(model.losses)
        return float(loss), tape.gradient(loss, model.trainable_variables)

    def kept(values):
        return [np.asarray(v).ravel()[::stride] for v in values]

    reset()
    x, y = batch_of(0)
    save(f"{name}-probabilities", [model(x)])
    save(f"{name}-gradients", kept(loss_and_gradients(x, y)[1]))
    losses = []
    for optimizer_name, make in [
        ("adam", lambda: keras.optimizers.Adam(learning_rate=0.001)),
        ("sgd", lambda: keras.optimizers.SGD(learning_rate=0.01)),
        ("momentum", lambda: keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)),
    ]:
        reset()
        optimizer = make()
        for step in range(3):
            loss, gradients = loss_and_gradients(*batch_of(step))
            losses.append(loss)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        save(f"{name}-{optimizer_name}", kept(model.trainable_variables))
    save(f"{name}-losses", [losses])




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
