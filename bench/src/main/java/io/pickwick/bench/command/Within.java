package io.pickwick.bench.command;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The range of an option that is a number; {@link CommandLines} refuses what is outside. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface Within {
  /** The smallest. */
  double least();

  /** The largest. */
  double most();

  /** Whether 0 is taken besides, as what stands for a default. */
  boolean orZero() default false;
}
