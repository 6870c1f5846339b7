#!/usr/bin/env python3
"""Uses every class of lanewise.spark as its users do, in a Spark of this machine.

    wrapper_check.py JAR...

The jars are lanewise-engine, lanewise-layers and, as the last, lanewise-spark, which has the Python
classes. Needs pyspark of the Spark that Lanewise is made for, with numpy, and a JDK 25.
Licensed under the Apache License 2.0, like the project.
"""

import os
import shlex
import sys
import tempfile
import unittest

from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.evaluation import MulticlassClassificationEvaluator, RegressionEvaluator
from pyspark.ml.tuning import CrossValidator, CrossValidatorModel, ParamGridBuilder
from pyspark.sql import SparkSession

JARS = [os.path.abspath(jar) for jar in sys.argv[1:]]

# Stripes of three directions on images of 6 x 6, with noise.
IMAGES = """
    SELECT label, transform(sequence(0, 35), i ->
        IF(pmod(IF(label = 1, 0, i div 6) + IF(label = 0, 0, i % 6) + phase, 3) = 0, 1.0, 0.0)
            + pmod(hash(id, i), 1000) / 2500.0) AS features
    FROM (SELECT id, id % 3 AS label, id div 3 % 3 AS phase FROM range(360))
"""
NETWORK = dict(network="simple", imageShape=[6, 6, 1], batchSize=20, shards=2, tasks=2, epochs=3)


class WrapperCheck(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join(
            ["--master", "local[4]", "--jars", ",".join(JARS), "--py-files", JARS[-1]]
            + ["--conf", "spark.ui.enabled=false", "--conf", "spark.ui.showConsoleProgress=false"]
            + ["--conf", "spark.sql.shuffle.partitions=2"]
            + ["pyspark-shell"]
        )
        cls.spark = SparkSession.builder.getOrCreate()
        cls.data = cls.spark.sql(IMAGES).cache()
        cls.folder = tempfile.TemporaryDirectory()
        global lanewise  # importable since Spark runs
        import lanewise.spark

        cls.model = lanewise.spark.LanewiseClassifier(**NETWORK).fit(cls.data)

    @classmethod
    def tearDownClass(cls):
        cls.spark.stop()
        cls.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def accuracy(self, model, data=None):
        evaluator = MulticlassClassificationEvaluator(metricName="accuracy")
        return evaluator.evaluate(model.transform(data or self.data))

    def test_classifier(self):
        self.assertGreater(self.accuracy(self.model), 0.9)
        self.assertEqual([1, 2, 3], [summary.epoch for summary in self.model.history])
        self.assertLess(self.model.history[2].trainLoss, self.model.history[0].trainLoss)
        row = self.model.setProbabilityCol("sure").transform(self.data).first()
        self.assertAlmostEqual(1, sum(row.sure), places=6)
        self.assertEqual(row.prediction, max(range(3), key=lambda c: row.rawPrediction[c]))
        self.model.setProbabilityCol("probability")

    def test_parameters(self):
        classifier = lanewise.spark.LanewiseClassifier(epochs=4, mean=[0.5], seed=1 << 40)
        classifier.setLearningRate(1).setCheckpointFolder("points")
        self.assertEqual(4, classifier.getEpochs())
        self.assertEqual(1.0, classifier.getLearningRate())
        self.assertEqual(128, classifier.getBatchSize())
        classifier.write().overwrite().save(self.path("classifier"))
        read = lanewise.spark.LanewiseClassifier.load(self.path("classifier"))
        self.assertEqual(classifier.uid, read.uid)
        self.assertEqual([0.5], read.getMean())
        self.assertEqual(1 << 40, read.getSeed())
        self.assertFalse(read.isDefined(read.network))
        explained = "learningRate: highest learning rate (default: 0.05, current: 1.0)"
        self.assertIn(explained, read.explainParams())
        with self.assertRaisesRegex(TypeError, "LanewiseClassifier has no parameter 'epoch'"):
            lanewise.spark.LanewiseClassifier(epoch=4)
        with self.assertRaisesRegex(TypeError, "epochs"):
            classifier.setEpochs("many")
        with self.assertRaisesRegex(Exception, "there is no column 'pixels': there are label"):
            classifier.copy({classifier.featuresCol: "pixels"}).fit(self.data)

    def test_pipeline(self):
        classifier = lanewise.spark.LanewiseClassifier(predictionCol="kind", **NETWORK)
        Pipeline(stages=[classifier]).write().overwrite().save(self.path("pipeline"))
        model = Pipeline.load(self.path("pipeline")).fit(self.data)
        model.write().overwrite().save(self.path("fitted"))
        read = PipelineModel.load(self.path("fitted"))
        self.assertIsInstance(read.stages[0], lanewise.spark.LanewiseClassificationModel)
        self.assertEqual("kind", read.stages[0].getPredictionCol())
        expected = [row.prediction for row in self.model.transform(self.data).collect()]
        self.assertEqual(expected, [row.kind for row in read.transform(self.data).collect()])

    def test_cross_validator(self):
        classifier = lanewise.spark.LanewiseClassifier(**{**NETWORK, "tasks": 1})
        validator = CrossValidator(
            estimator=classifier,
            estimatorParamMaps=ParamGridBuilder()
            .addGrid(classifier.learningRate, [0.05, 1e-9])
            .build(),
            evaluator=MulticlassClassificationEvaluator(metricName="accuracy"),
            numFolds=2,
            parallelism=2,
        )
        best = validator.fit(self.data)
        self.assertGreater(best.avgMetrics[0], best.avgMetrics[1])
        best.write().overwrite().save(self.path("tuned"))
        read = CrossValidatorModel.load(self.path("tuned"))
        self.assertEqual(best.avgMetrics, read.avgMetrics)
        self.assertGreater(self.accuracy(read), 0.9)

    def test_embedder(self):
        self.model.write().overwrite().save(self.path("model"))
        file = os.path.join(self.path("model"), "network.safetensors")
        embedder = lanewise.spark.LanewiseEmbedder.of(file, outputCol="vector")
        pipeline = Pipeline(stages=[embedder, LogisticRegression(featuresCol="vector")])
        self.assertGreater(self.accuracy(pipeline.fit(self.data)), 0.9)
        embedder.write().overwrite().save(self.path("embedder"))
        other = lanewise.spark.LanewiseEmbedder.load(self.path("embedder"))
        mine = lanewise.spark.LanewiseEmbedder.of(self.model).transform(self.data).first()
        self.assertEqual(mine.embedding, other.transform(self.data).first().vector)

    def test_regressor(self):
        data = self.data.selectExpr("features", "label / 2 AS label")
        regressor = lanewise.spark.LanewiseRegressor(loss="huber", learningRate=0.02, **NETWORK)
        model = regressor.fit(data)
        self.assertLess(RegressionEvaluator(metricName="rmse").evaluate(model.transform(data)), 0.3)
        model.write().overwrite().save(self.path("regression"))
        read = lanewise.spark.LanewiseRegressionModel.load(self.path("regression"))
        self.assertEqual([], read.history)
        self.assertEqual(
            model.transform(data).first().prediction, read.transform(data).first().prediction
        )

    def test_functions(self):
        kind = self.model.udf("kind")
        sure = self.model.probabilityUdf("sure")
        rows = self.model.transform(self.data).select(
            "prediction",
            "probability",
            kind("features").alias("kind"),
            sure("features").alias("sure"),
        )
        for row in rows.collect():
            self.assertEqual(row.prediction, row.kind)
            self.assertEqual(row.probability, row.sure)
        self.data.createOrReplaceTempView("images")
        found = self.spark.sql("SELECT * FROM images WHERE kind(features) < 3")
        self.assertEqual(360, found.count())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], warnings="ignore")
