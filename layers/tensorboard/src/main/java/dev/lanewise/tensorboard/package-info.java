/**
 * Event files of TensorBoard: {@link dev.lanewise.tensorboard.SummaryWriter} writes them, {@link
 * dev.lanewise.tensorboard.TrainingBoard} those of a training.
 */
package dev.lanewise.tensorboard;
