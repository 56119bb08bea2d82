/**
 * ZMTP 3.0, ZeroMQ's wire protocol (RFC 23), with its NULL and CURVE mechanisms (RFC 25, 26), as
 * who receives from many and trusts none of them speaks it.
 */
@NullMarked
package io.pickwick.kv.zmtp;

import org.jspecify.annotations.NullMarked;
