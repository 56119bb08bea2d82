/** The ext_proc server: one stream per request, one small class per body mode, TLS and health. */
@NullMarked
package io.pickwick.epp.extproc;

import org.jspecify.annotations.NullMarked;
