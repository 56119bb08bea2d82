/** The messages of {@code envoy.service.ext_proc.v3}, read and written without generated code. */
@NullMarked
package io.pickwick.epp.extproc.wire;

import org.jspecify.annotations.NullMarked;
