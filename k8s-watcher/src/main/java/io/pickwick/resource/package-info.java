/**
 * The Kubernetes resources that steer an endpoint picker, as records, and how they are read; knows
 * no Kubernetes client.
 */
@NullMarked
package io.pickwick.resource;

import org.jspecify.annotations.NullMarked;
