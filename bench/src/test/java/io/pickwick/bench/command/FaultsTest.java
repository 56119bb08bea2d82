package io.pickwick.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FaultsTest {
  @Test
  void faultsAreToldWithTheirFiles() {
    assertThat(Faults.words(new NoSuchFileException("/x"))).isEqualTo("there is no /x");
    assertThat(Faults.words(new AccessDeniedException("/x"))).isEqualTo("/x: permission denied");
    assertThat(Faults.words(new FileSystemException("/x", null, "No space left on device")))
        .isEqualTo("/x: No space left on device");
    assertThat(Faults.words(new FileSystemException("/x"))).isEqualTo("/x: it can't be used");
  }

  @Test
  void faultsWithoutAMessageAreToldToo() {
    assertThat(Faults.words(new EOFException())).isEqualTo("it ends in its midst");
    assertThat(Faults.words(new MalformedInputException(1))).isEqualTo("this is no text in UTF-8");
    assertThat(Faults.words(new IOException())).isEqualTo("reading or writing failed");
    assertThat(Faults.words(new IOException("Connection reset"))).isEqualTo("Connection reset");
  }
}
