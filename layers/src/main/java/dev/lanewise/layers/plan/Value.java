// SPDX-License-Identifier: Apache-2.0
package dev.lanewise.layers.plan;

import dev.lanewise.layers.graph.Shape;

/** A tensor of a pass, before it has a place in memory. Two values are equal if they are one. */
public final class Value {
  /** What a value is. */
  public enum Role {
    /** What a layer makes, or the images. */
    ACTIVATION,
    /** The gradient of the loss with respect to an activation, or one consumer's part of it. */
    GRADIENT
  }

  private final String name;
  private final Role role;
  private final Shape shape;

  Value(String name, Role role, Shape shape) {
    this.name = name;
    this.role = role;
    this.shape = shape;
  }

  /** What it is. */
  public Role role() {
    return role;
  }

  /** The shape of one image. */
  public Shape shape() {
    return shape;
  }

  @Override
  public String toString() {
    return name;
  }
}
