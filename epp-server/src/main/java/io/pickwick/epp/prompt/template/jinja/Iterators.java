package io.pickwick.epp.prompt.template.jinja;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Lazy iterators, so that an item is looked at when the template asks for it. */
final class Iterators {
  private Iterators() {}

  static Iterator<Object> filter(Iterator<Object> items, Predicate<Object> wanted) {
    return new Iterator<>() {
      private Object next = Missing.MISSING;

      @Override
      public boolean hasNext() {
        while (next == Missing.MISSING && items.hasNext()) {
          Object item = items.next();
          if (wanted.test(item)) {
            next = item;
          }
        }
        return next != Missing.MISSING;
      }

      @Override
      public Object next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        Object item = next;
        next = Missing.MISSING;
        return item;
      }
    };
  }

  static Iterator<Object> map(Iterator<Object> items, UnaryOperator<Object> with) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return items.hasNext();
      }

      @Override
      public Object next() {
        return with.apply(items.next());
      }
    };
  }
}
