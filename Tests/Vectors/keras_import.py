"""Small models that Keras 3 and Keras 2 (tf_keras) saved in every way that can be imported, with inputs and the outputs
that Keras gives for them: `keras_import-NAME.f32` holds the inputs of all samples, then their outputs.

    keras_import.py            all fixtures; runs itself once for each version
"""

import os
import pathlib
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
folder = pathlib.Path(__file__).parent
SAMPLES = 3


def steps(keras):
    """A Sequential model over steps."""
    layers = keras.layers
    l2 = keras.regularizers.l2
    return keras.Sequential(
        [
            keras.Input((24, 1)),
            layers.Conv1D(3, 4, activation="tanh", kernel_regularizer=l2(0.001)),
            layers.MaxPooling1D(2),
            layers.SpatialDropout1D(0.1),
            layers.Conv1D(4, 3, strides=2, padding="same", use_bias=False, kernel_initializer="he_normal"),
            layers.BatchNormalization(epsilon=0.01),
            layers.Activation("relu"),
            layers.Dropout(0.25),
            layers.AveragePooling1D(2, strides=1),
            layers.ReLU(),
            layers.ActivityRegularization(l2=0.1),
            layers.Flatten(),
            layers.Dense(5, activation="elu", use_bias=False),
            layers.Dense(3, activation="softmax"),
        ]
    )


def image(keras):
    """A Functional model over images, whose layers are joined in several ways."""
    layers = keras.layers
    input = keras.Input((10, 8, 1))
    x = layers.Rescaling(0.5, offset=-0.1)(input)
    a = layers.Conv2D(3, (3, 2), padding="same", activation="elu")(x)
    b = layers.Conv2D(3, (2, 3), padding="same", activation="sigmoid")(x)
    c = layers.MaxPooling2D((3, 2), strides=(1, 1), padding="same")(a)
    joined = layers.Add()([a, b, c])
    many = layers.Concatenate()([joined, b, a, x, c, layers.GaussianNoise(0.1)(b)])
    d = layers.BatchNormalization(scale=False)(many)
    e = layers.Conv2D(4, (3, 2), strides=(2, 1))(d)
    f = layers.Conv2D(4, 1, strides=(2, 1))(layers.MaxPooling2D((3, 2), strides=1)(d))
    summed = layers.AveragePooling2D((2, 1), padding="same")(e + f)
    dense = layers.Dense(3, activation="tanh")(summed)  # at each place
    mean = layers.GlobalAveragePooling2D()(dense)
    largest = layers.GlobalMaxPooling2D(keepdims=True)(summed)
    features = layers.Concatenate()([mean, layers.Reshape((-1,))(largest)])
    scores = layers.Dense(4)(layers.BatchNormalization(center=False)(features))
    return keras.Model(input, layers.Softmax()(scores))


def recurrent(keras):
    """A Functional model with recurrent layers."""
    layers = keras.layers
    input = keras.Input((12, 1))
    x = layers.Reshape((6, -1))(input)
    a = layers.LSTM(4, return_sequences=True, dropout=0.1)(x)
    b = layers.GRU(3, return_sequences=True, use_bias=False)(a)
    c = layers.Dense(3, activation="elu")(layers.Concatenate(axis=2)([a, b]))
    d = layers.GRU(5)(c)
    e = layers.Permute((2, 1))(layers.Reshape((5, 1))(d))
    f = layers.LSTM(3, use_bias=False)(e)
    mean = layers.GlobalAveragePooling1D()(c)
    g = layers.Dense(4, activation="sigmoid")(layers.Concatenate()([f + mean, mean]))  # an operator, no layer
    return keras.Model(input, layers.Activation("softmax")(layers.Dense(3)(g)))


def small(keras):
    """A Sequential model whose last layer has no softmax."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((6, 2)),
            layers.Conv1D(2, 2),
            layers.BatchNormalization(),
            layers.LSTM(2),
            layers.Dense(4, activation="relu"),
            layers.Dense(3),
        ]
    )


def randomize(model, generator):
    """Values that differ everywhere, also where Keras begins with zeros and ones."""
    values = []
    for weight, variable in zip(model.get_weights(), model.weights):
        drawn = generator.normal(0, 0.5, weight.shape)
        is_variance = "moving_variance" in getattr(variable, "path", variable.name)
        values.append(0.5 + abs(drawn) if is_variance else drawn)
    model.set_weights(values)


def save(model, name, generator):
    import numpy as np

    inputs = generator.normal(0, 1, (SAMPLES, *model.input_shape[1:])).astype("<f4")
    outputs = model(inputs, training=False).numpy().astype("<f4")
    np.concatenate([inputs.ravel(), outputs.ravel()]).tofile(folder / f"keras_import-{name}.f32")
    if name != "small-keras2":  # steps-keras2 is another of its kind
        model.save(folder / f"keras_import-{name}.h5")


def write(keras, version):
    import numpy as np

    for number, build in enumerate([steps, recurrent, small] if version == "keras2" else [image, small]):
        generator = np.random.default_rng(number)
        keras.utils.set_random_seed(number)
        model = build(keras)
        if build is steps:
            # With the optimiser's state in the file.
            model.compile("adam", "categorical_crossentropy")
            model.train_on_batch(np.zeros((1, 24, 1)), np.eye(3)[:1])
        randomize(model, generator)
        if build is small and version == "keras3":
            # Lists divided among attributes, as Keras does it beyond 64,512 bytes.
            from keras.src.legacy.saving import legacy_h5_format

            legacy_h5_format.HDF5_OBJECT_HEADER_LIMIT = 50
        save(model, f"{build.__name__}-{version}", generator)
        if build is not small:
            continue
        # Weights alone, with a description beside them.
        (folder / f"keras_import-small-{version}.json").write_text(model.to_json())
        model.save_weights(folder / f"keras_import-small-{version}.weights.h5")
        if version == "keras2":
            model.save_weights(folder / "keras_import-small-keras2-legacy.h5")


if __name__ == "__main__":
    if len(sys.argv) == 1:
        for version in ["keras3", "keras2"]:
            subprocess.run([sys.executable, __file__, version], check=True)
    elif sys.argv[1] == "keras3":
        import keras

        write(keras, "keras3")
    else:
        import tf_keras

        write(tf_keras, "keras2")
