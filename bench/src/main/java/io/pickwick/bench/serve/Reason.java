package io.pickwick.bench.serve;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/** Why something failed, in words for people and not for those who know this program's code. */
final class Reason {
  private static final Pattern CLASS_NAMES =
      Pattern.compile("\\b(?:[a-z]\\w*\\.)*[A-Z]\\w*(?:Exception|Error)(?:: |\\b)");

  private Reason() {}

  /** Why a file, or a connection, failed. */
  static String of(IOException e) {
    return switch (e) {
      case NoSuchFileException _ -> "there is no such place";
      case AccessDeniedException _ -> "that is not permitted";
      case NotDirectoryException _ -> "a part of its path is no directory";
      case FileSystemException file -> plain(Optional.ofNullable(file.getReason()));
      default -> plain(Optional.ofNullable(e.getMessage()));
    };
  }

  /** Why this program failed at its own part. */
  static String ofOwn(Throwable cause) {
    if (cause instanceof OutOfMemoryError) {
      return "the heap of %d MiB does not suffice; give more with java -Xmx, or have less under way"
          .formatted(Runtime.getRuntime().maxMemory() >> 20);
    }
    return "an error in this program%s: %s"
        .formatted(
            Arrays.stream(cause.getStackTrace())
                .findFirst()
                .map(frame -> " (%s:%d)".formatted(frame.getFileName(), frame.getLineNumber()))
                .orElse(""),
            plain(Optional.ofNullable(cause.getMessage())));
  }

  private static String plain(Optional<String> message) {
    String words = CLASS_NAMES.matcher(message.orElse("")).replaceAll("").strip();
    return words.isEmpty() ? "for no reason that is known" : words;
  }
}
