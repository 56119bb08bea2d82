package io.pickwick.bench.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.junit.jupiter.api.Test;

class FaultsTest {
  @Test
  void faultsAreToldWithTheirFiles() {
    assertThat(Faults.words(new NoSuchFileException("/x"))).isEqualTo("there is no /x");
    assertThat(Faults.words(new NotDirectoryException("/x"))).isEqualTo("/x is no folder");
    assertThat(Faults.words(new AccessDeniedException("/x"))).isEqualTo("/x: permission denied");
    assertThat(Faults.words(new FileSystemException("/x", null, "No space left on device")))
        .isEqualTo("/x: No space left on device");
    assertThat(Faults.words(new FileSystemException("/x"))).isEqualTo("/x: it can't be used");
  }

  @Test
  void noNameOfCodeIsToldButWhatHappened() {
    assertThat(Faults.words(new IOException("java.net.SocketException: Broken pipe")))
        .isEqualTo("Broken pipe");
    assertThat(
            Faults.words(
                new IOException(
                    "PKIX failed: sun.security.provider.certpath.SunCertPathBuilderException: no"
                        + " path")))
        .isEqualTo("PKIX failed: no path");
    assertThat(Faults.words(new IOException(new IllegalStateException())))
        .isEqualTo("reading or writing failed");
  }

  @Test
  void faultsWithoutAMessageAreToldToo() {
    assertThat(Faults.words(new EOFException())).isEqualTo("it ends in its midst");
    assertThat(Faults.words(new MalformedInputException(1))).isEqualTo("this is no text in UTF-8");
    assertThat(Faults.words(new IOException())).isEqualTo("reading or writing failed");
    assertThat(Faults.words(new IOException("Connection reset"))).isEqualTo("Connection reset");
  }
}
