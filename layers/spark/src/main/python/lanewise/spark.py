"""Lanewise on Apache Spark, from Python: the estimators and models of ``dev.lanewise.spark``.

    from lanewise.spark import LanewiseClassifier

    classifier = LanewiseClassifier(network="lenet5", imageShape=[28, 28, 1], epochs=5)
    model = classifier.fit(train)
    predictions = model.transform(test)

Each parameter is a keyword of the constructor and of ``setParams``, an attribute such as
``classifier.learningRate``, and has a getter and a setter, such as ``getLearningRate`` and
``setLearningRate``. Everything is computed by Java; what the parameters mean is in docs/spark.md.
"""

import inspect
from typing import NamedTuple

from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.util import JavaMLReadable, JavaMLReader, JavaMLWritable
from pyspark.ml.wrapper import JavaEstimator, JavaModel
from pyspark.sql import SparkSession
from pyspark.sql.functions import call_udf

__all__ = [
    "EpochSummary",
    "LanewiseClassificationModel",
    "LanewiseClassifier",
    "LanewiseEmbedder",
    "LanewiseRegressionModel",
    "LanewiseRegressor",
]

_JAVA = "dev.lanewise.spark."

_text = TypeConverters.toString
_int = TypeConverters.toInt
_float = TypeConverters.toFloat
_ints = TypeConverters.toListInt
_floats = TypeConverters.toListFloat

# Name, type, default (None: there is none) and meaning, as in the Java classes: a test compares.
_IMAGES = [
    ("featuresCol", _text, "features", "column of images [H, W, C]"),
    ("binaryFormat", _text, "values", "values, pictures"),
]
_PREDICTION = [
    ("predictionCol", _text, "prediction", "column for the predictions; empty: none"),
]
_CLASSES = [
    ("probabilityCol", _text, "probability", "column for the probabilities; empty: none"),
    ("rawPredictionCol", _text, "rawPrediction", "column for the logits; empty: none"),
]
_TRAINING = [
    ("labelCol", _text, "label", "column of what is to be predicted"),
    ("weightCol", _text, "", "column of weights; empty: all 1"),
    ("network", _text, None, "name of a network, or path of a *.safetensors model"),
    ("imageShape", _ints, None, "height, width and channels of the images"),
    ("mean", _floats, [], "what is taken from the values of each channel, or of all; empty: 0"),
    ("std", _floats, [], "what the values of each channel, or of all, are divided by; empty: 1"),
    ("framing", _text, "auto", "auto, crop, stretch, digit, exact"),
    ("optimizer", _text, "sgd", "sgd, adam, adamw"),
    ("momentum", _float, 0.9, "momentum of sgd"),
    ("weightDecay", _float, 0.0, "decay of the weights"),
    ("schedule", _text, "cosine", "constant, cosine, one_cycle"),
    ("learningRate", _float, 0.05, "highest learning rate"),
    ("batchSize", _int, 128, "images of a step, of all tasks"),
    ("epochs", _int, 10, "how often all images are trained on"),
    ("seed", _int, 1, "of the weights, the order and all that is drawn"),
    ("shards", _int, 8, "parts of a batch; the weights depend on their number"),
    ("tasks", _int, 0, "how many tasks train; 0: as many as can, up to shards"),
    ("validationFraction", _float, 0.0,
     "share of the rows that is held out to look at after each epoch"),
    ("checkpointFolder", _text, "", "where each epoch is saved; empty: nowhere"),
    ("timeoutSeconds", _int, 300,
     "how long to wait for a task, or for an executor in place of a lost one"),
]
_CLASSIFIER = [
    ("classes", _int, 0, "how many classes; 0: one more than the largest label"),
]
_REGRESSOR = [
    ("loss", _text, "mse", "mse, mae, huber"),
    ("delta", _float, 1.0, "error beyond which huber is linear"),
]
_MODEL = [
    ("inferenceBatch", _int, 64, "images at a time in transform"),
]
_EMBEDDER = [
    ("outputCol", _text, "embedding", "column for the embeddings"),
    ("layer", _text, "", "name of a layer; empty: the one before the last"),
]


def _params(*tables):
    """Declares the parameters of a class, with their getters and setters."""

    def declared(cls):
        rows = [row for table in tables for row in table]
        for name, converter, default, doc in rows:
            setattr(cls, name, Param(Params._dummy(), name, doc, typeConverter=converter))
            _accessors(cls, name, doc)
        cls._defaults = {name: default for name, _, default, _ in rows if default is not None}
        if issubclass(cls, JavaEstimator):
            keyword = inspect.Parameter.KEYWORD_ONLY
            cls.__signature__ = inspect.Signature(
                [inspect.Parameter(name, keyword, default=default) for name, _, default, _ in rows]
            )
        return cls

    return declared


def _accessors(cls, name, doc):
    def get(self):
        return self.getOrDefault(name)

    def set(self, value):
        return self._set(**{name: value})

    for method in get, set:
        method.__name__ += name[0].upper() + name[1:]
        method.__qualname__ = cls.__name__ + "." + method.__name__
        method.__doc__ = doc
        setattr(cls, method.__name__, method)


class EpochSummary(NamedTuple):
    """How an epoch of a training went; NaN for what was not looked at."""

    epoch: int
    trainLoss: float
    validationLoss: float
    validationAccuracy: float


class _Reader(JavaMLReader):
    @classmethod
    def _java_loader_class(cls, clazz):
        return _JAVA + clazz.__name__


class _Stage(JavaMLReadable, JavaMLWritable):
    @classmethod
    def read(cls):
        """What reads the ones that ``write().save(path)`` has written."""
        return _Reader(cls)

    def setParams(self, **values):
        """Sets parameters by their names."""
        for name in values:
            if not self.hasParam(name):
                raise TypeError(f"{type(self).__name__} has no parameter '{name}'")
        return self._set(**values)


class _Estimator(JavaEstimator, _Stage):
    def __init__(self, **values):
        super().__init__()
        self._java_obj = self._new_java_obj(_JAVA + type(self).__name__, self.uid)
        self._setDefault(**self._defaults)
        self.setParams(**values)

    def _create_model(self, java_model):
        return self._model(java_model)


class _Model(JavaModel, _Stage):
    def __init__(self, java_model=None):
        super().__init__(java_model)
        self._setDefault(**self._defaults)

    @classmethod
    def of(cls, network, **values):
        """Makes one of a network.

        ``network`` is another model of this module, or the path of a model file that the driver
        can read; ``values`` are parameters.
        """
        jvm = SparkSession.builder.getOrCreate()._jvm
        if isinstance(network, _Model):
            java_network = network._java_obj.network()
        else:
            java_network = jvm.dev.lanewise.layers.Network.load(jvm.java.io.File(network).toPath())
        java_class = getattr(jvm.dev.lanewise.spark, cls.__name__)
        return cls(java_class.of(cls._randomUID(), java_network)).setParams(**values)

    @property
    def history(self):
        """A summary of each epoch; empty if the model was read or made of a network."""
        return [
            EpochSummary(e.epoch(), e.trainLoss(), e.validationLoss(), e.validationAccuracy())
            for e in self._java_obj.history()
        ]

    def udf(self, name):
        """Gives queries the network as a function of an image, under a name.

        Returns the same as a function of a column. It takes an image at a time: ``transform`` is
        faster.
        """
        self._transfer_params_to_java()
        return _registered(name, self._java_obj.udf())


def _registered(name, java_udf):
    SparkSession.builder.getOrCreate()._jsparkSession.udf().register(name, java_udf)
    return lambda column: call_udf(name, column)


@_params(_IMAGES, _PREDICTION, _CLASSES, _MODEL)
class LanewiseClassificationModel(_Model):
    """A trained network that classifies images."""

    def probabilityUdf(self, name):
        """As ``udf``, for the vector of the probabilities."""
        self._transfer_params_to_java()
        return _registered(name, self._java_obj.probabilityUdf())


@_params(_IMAGES, _PREDICTION, _MODEL)
class LanewiseRegressionModel(_Model):
    """A trained network that predicts a number from an image, or a vector of several."""


@_params(_IMAGES, _EMBEDDER, _MODEL)
class LanewiseEmbedder(_Model):
    """Turns images into the outputs of a layer of a network: ``LanewiseEmbedder.of(model)``."""


@_params(_IMAGES, _PREDICTION, _CLASSES, _TRAINING, _CLASSIFIER)
class LanewiseClassifier(_Estimator):
    """Trains a network that classifies images."""

    _model = LanewiseClassificationModel


@_params(_IMAGES, _PREDICTION, _TRAINING, _REGRESSOR)
class LanewiseRegressor(_Estimator):
    """Trains a network that predicts one or several numbers from an image."""

    _model = LanewiseRegressionModel
