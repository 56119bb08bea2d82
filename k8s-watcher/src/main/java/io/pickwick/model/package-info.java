/**
 * What becomes of a request by the model that it names: under which name it goes on, and how much
 * it matters.
 */
@NullMarked
package io.pickwick.model;

import org.jspecify.annotations.NullMarked;
