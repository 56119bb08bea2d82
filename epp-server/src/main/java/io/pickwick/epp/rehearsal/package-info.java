/** The request path's first requests, made up before any real one comes. */
@NullMarked
package io.pickwick.epp.rehearsal;

import org.jspecify.annotations.NullMarked;
