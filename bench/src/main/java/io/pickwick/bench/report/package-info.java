/**
 * Reports of runs: tables and figures, as one page of HTML that needs nothing else and as Markdown.
 *
 * <p>{@link Report} and what it consists of know nothing of how the numbers came about.
 */
@NullMarked
package io.pickwick.bench.report;

import org.jspecify.annotations.NullMarked;
