/**
 * From a graph to the steps of a pass: {@link dev.lanewise.layers.plan.PlainPlan}, then one class
 * for each optimisation, which takes a plan and gives a plan.
 */
package dev.lanewise.layers.plan;
