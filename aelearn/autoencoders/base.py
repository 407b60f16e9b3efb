"""An autoencoder: two halves that know nothing of each other, and one objective that trains both."""

import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from aelearn import losses
from aelearn.autoencoders.inputs import check_input, side_multiple

import keras  # isort: skip


@dataclass(frozen=True)
class Objective:
    """What an autoencoder minimises: L = L_rec + λ · L_reg, see `losses.autoencoder_loss`.

    Raises:
        ValueError: if a name is unknown, or `strength` is negative or not a number.

    Example:
        >>> Objective(penalty="l1", on="code", strength=1e-3).error
        'mse'
    """

    error: str = "mse"  # L_rec: "mse", "mae", "bce" or "ssim"
    penalty: str | None = None  # L_reg: "l1", "l2", or none
    on: str = "weights"  # what L_reg is taken of: "weights" (kernels, not biases) or "code"
    strength: float = 0.0  # λ, 0 or more

    def __post_init__(self):
        losses.check_objective(self.error, self.penalty, self.on, self.strength)
        object.__setattr__(self, "strength", float(self.strength))  # a file takes no fraction and no NumPy number

    @property
    def penalises_code(self):
        return self.penalty is not None and self.on == "code" and self.strength > 0


PLAIN = Objective()  # mean squared error, no penalty


@keras.saving.register_keras_serializable(package="aelearn")
class Autoencoder(keras.Model):
    """A model that is asked to return its input, through a code.

    It needs no labels: `model.fit(x)` and `training.fit(model, Batches(x, …), …)` compare the output with the input.
    With a target, as in `model.fit(noisy, clean)`, they compare it with the target.

    Args:
        encoder: `keras.Model` from pictures to codes.
        decoder: `keras.Model` from codes to pictures.
        objective: `Objective`.
        **kwargs: as for `keras.Model`.

    Raises:
        TypeError: if a half is not a `keras.Model`, or `objective` is not an `Objective`.
        ValueError: if the decoder does not take what the encoder gives, or does not return what the encoder takes.

    Example:
        >>> picture, code = keras.Input((4,)), keras.Input((2,))
        >>> encoder = keras.Model(picture, keras.layers.Dense(2)(picture))
        >>> decoder = keras.Model(code, keras.layers.Dense(4)(code))
        >>> model = Autoencoder(encoder, decoder)
        >>> tuple(model.encode(keras.ops.zeros((3, 4))).shape)
        (3, 2)
    """

    def __init__(self, encoder, decoder, objective=PLAIN, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(objective, Objective):
            raise TypeError(f"objective must be an Objective; received {objective!r}")
        for name, half in (("encoder", encoder), ("decoder", decoder)):
            if not isinstance(half, keras.Model):
                raise TypeError(f"{name} must be a keras.Model; received {half!r}")
        given = self.code_shape_of(encoder)
        if given != tuple(decoder.input_shape):
            raise ValueError(
                "the decoder must take what the encoder gives; "
                f"received shapes {given} and {tuple(decoder.input_shape)}"
            )
        taken, returned = tuple(encoder.input_shape), decoder.output_shape
        if len(taken) != len(returned) or any(a != b for a, b in zip(taken, returned) if None not in (a, b)):
            raise ValueError(
                "the decoder must return the shape that the encoder takes; "
                f"received shapes {taken[1:]} of the encoder and {returned[1:]} of the decoder"
            )
        self.encoder, self.decoder, self.objective = encoder, decoder, objective
        self._multiple = side_multiple(encoder)
        self.built = True  # both halves are; not by build(), after which a subclass could add no layer

    def build(self, input_shape):
        self.built = True

    @staticmethod
    def code_shape_of(encoder):
        """Shape of the code that an encoder gives, `(None, …)`."""
        return tuple(encoder.output_shape)

    def encode(self, images, training=False):
        """Pictures `(batch, height, width, channels)` to codes `(batch, …)`."""
        self._check_pictures("encode", images)
        return self.encoder(images, training=training)

    def decode(self, code, training=False):
        """Codes `(batch, …)` to pictures `(batch, height, width, channels)`."""
        check_input(f"{self.name}.decode", "code", code, self.decoder.input_shape)
        return self.decoder(code, training=training)

    def __call__(self, images, *args, **kwargs):
        self._check_pictures("call", images)  # before Keras, which would wrap the message in several lines
        return super().__call__(images, *args, **kwargs)

    def predict(self, x, *args, **kwargs):
        """As `keras.Model.predict`: pictures `(batch, height, width, channels)` to their reconstructions."""
        if hasattr(x, "shape") or isinstance(x, (list, tuple)):  # not a dataset or a generator
            self._check_pictures("predict", x)
        return super().predict(x, *args, **kwargs)

    def save(self, filepath, overwrite=True, **kwargs):
        """As `keras.Model.save`, but a file that is there is replaced only once the new one is complete."""
        path = Path(filepath)
        if not overwrite or path.suffix != ".keras" or not path.parent.is_dir():
            return super().save(filepath, overwrite=overwrite, **kwargs)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".aelearn-") as folder:
            super().save(Path(folder) / path.name, **kwargs)
            os.replace(Path(folder) / path.name, path)

    def _check_pictures(self, use, images):
        check_input(f"{self.name}.{use}", "picture", images, self.encoder.input_shape, self._multiple)

    def call(self, images, training=False):
        code = self.encoder(images, training=training)
        if self.objective.penalises_code:
            self.add_loss(self.objective.strength * losses.code_penalty(code, self.objective.penalty))
        return self.decoder(code, training=training)

    @property
    def kernels(self):
        """The weights that a penalty is taken of: all trainable ones but the biases."""
        return [variable for variable in self.trainable_variables if variable.name != "bias"]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """`losses.autoencoder_loss` of the input, or of the target `y` if there is one."""
        if sample_weight is not None:
            raise ValueError("sample_weight must be None: the objective of an autoencoder weighs all pictures alike")
        if getattr(self, "loss", None) is not None:
            raise ValueError("compile(loss=…) must be left out: an autoencoder minimises its objective, such as "
                             "Objective(error='mae')")
        objective, on_weights = self.objective, self.objective.on == "weights"
        loss = losses.autoencoder_loss(
            x if y is None else y, y_pred, error=objective.error, penalty=objective.penalty if on_weights else None,
            strength=objective.strength, weights=self.kernels,
        )
        return loss + sum(self.losses)  # what `call` has added for the code

    def get_config(self):
        halves = {"encoder": self.encoder, "decoder": self.decoder}
        stored = {name: keras.saving.serialize_keras_object(half) for name, half in halves.items()}
        return stored | {"objective": asdict(self.objective), "name": self.name}

    @classmethod
    def from_config(cls, config):
        encoder, decoder = (keras.saving.deserialize_keras_object(config[name]) for name in ("encoder", "decoder"))
        return cls(encoder, decoder, Objective(**config["objective"]), name=config["name"])
