/** What requests are decided by, while its configuration changes. */
@NullMarked
package io.pickwick.epp.live;

import org.jspecify.annotations.NullMarked;
