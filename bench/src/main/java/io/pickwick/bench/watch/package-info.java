/** What it costs to keep a large pool in Kubernetes known while its pods come and go. */
@NullMarked
package io.pickwick.bench.watch;

import org.jspecify.annotations.NullMarked;
