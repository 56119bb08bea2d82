package io.pickwick.kv.hash;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJJ_Result;

/** Two prompts that go on from the same keys at once. */
public final class KeyLogJcstress {
  private KeyLogJcstress() {}

  /** One of them goes on in the log, the other in a copy. */
  @JCStressTest
  @Outcome(id = "1, 2, 7", expect = ACCEPTABLE, desc = "each has its own key after the common one")
  @Outcome(expect = FORBIDDEN, desc = "one has the other's key, or lost the common one")
  @State
  public static class TwoAppend {
    private final KeyLog common = KeyLog.empty().append(0, 7);
    private KeyLog first = common;
    private KeyLog second = common;

    /** Appends a one. */
    @Actor
    public void first() {
      first = common.append(1, 1);
    }

    /** Appends a two. */
    @Actor
    public void second() {
      second = common.append(1, 2);
    }

    /** Looks at both. */
    @Arbiter
    public void look(JJJ_Result r) {
      r.r1 = first.key(1);
      r.r2 = second.key(1);
      r.r3 = first.key(0) == second.key(0) ? first.key(0) : -1;
    }
  }
}
