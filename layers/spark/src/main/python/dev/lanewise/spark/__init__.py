"""Where pyspark looks for the class of a stage of a saved pipeline: under its name in Java."""

from lanewise.spark import *
