/** Training and prediction of networks on Apache Spark. */
package dev.lanewise.spark;
