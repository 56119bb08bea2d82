package io.pickwick.bench.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Faults of files and connections in words: the JDK's messages are often a path alone, or begin
 * with names of its classes.
 */
public final class Faults {
  private static final Pattern CLASS_NAMES =
      Pattern.compile("\\b(?:[a-z]\\w*\\.)+[A-Z]\\w*(?:Exception|Error)(?:: |\\b)");

  private Faults() {}

  /** What went wrong, and with which file if that is known; without a full stop. */
  public static String words(IOException fault) {
    return switch (fault) {
      case NoSuchFileException e -> "there is no " + e.getFile();
      case AccessDeniedException e -> e.getFile() + ": permission denied";
      case FileAlreadyExistsException e -> e.getFile() + " is there already and no folder";
      case NotDirectoryException e -> e.getFile() + " is no folder";
      case FileSystemException e ->
          e.getFile() + ": " + Objects.requireNonNullElse(e.getReason(), "it can't be used");
      case CharacterCodingException _ -> "this is no text in UTF-8";
      case EOFException _ -> "it ends in its midst";
      case JsonProcessingException e when cut(e) -> "it ends in its midst";
      case JsonProcessingException e -> json(e.getOriginalMessage());
      default -> plain(Objects.requireNonNullElse(fault.getMessage(), ""));
    };
  }

  private static String plain(String message) {
    String words = CLASS_NAMES.matcher(message).replaceAll("").strip();
    return words.isEmpty() ? "reading or writing failed" : words;
  }

  /** Whether JSON ends before it is whole. */
  public static boolean cut(JsonProcessingException fault) {
    // Between two entries of an object or a list the parser makes no exception of its own.
    return fault instanceof JsonEOFException
        || fault.getOriginalMessage().startsWith("Unexpected end-of-input");
  }

  /** Without what a parser tells of itself. */
  private static String json(String message) {
    return message.contains("Stream") ? "it is too long or too deep" : message;
  }
}
