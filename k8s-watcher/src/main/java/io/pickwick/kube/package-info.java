/** The Kubernetes API server as a source of endpoints and resources, and as a place for status. */
@NullMarked
package io.pickwick.kube;

import org.jspecify.annotations.NullMarked;
