/** Text becomes token ids, exactly as the model server's tokenizer would have them. */
@NullMarked
package io.pickwick.epp.prompt.token;

import org.jspecify.annotations.NullMarked;
