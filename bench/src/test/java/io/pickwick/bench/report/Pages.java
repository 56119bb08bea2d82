package io.pickwick.bench.report;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/** Pages as a reader of XML sees them. */
final class Pages {
  private Pages() {}

  /** The page, which must be well-formed. */
  static Document parsed(String html) {
    try {
      DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
      builder.setErrorHandler(null);
      return builder.parse(new InputSource(new StringReader(html)));
    } catch (ParserConfigurationException | SAXException | IOException e) {
      throw new AssertionError(e.getMessage() + " in\n" + html, e);
    }
  }

  /** All elements of a name, with a class among theirs. */
  static List<Element> all(Document page, String name, String withClass) {
    List<Element> found = new ArrayList<>();
    NodeList nodes = page.getElementsByTagName(name);
    for (int i = 0; i < nodes.getLength(); i++) {
      if (nodes.item(i) instanceof Element element
          && (withClass.isEmpty()
              || List.of(element.getAttribute("class").split(" ", -1)).contains(withClass))) {
        found.add(element);
      }
    }
    return found;
  }

  /** Everything that the page says, without its script and style. */
  static String said(Document page) {
    StringBuilder text = new StringBuilder();
    for (String part : List.of("header", "section", "nav", "main")) {
      all(page, part, "").forEach(one -> text.append(one.getTextContent()).append('\n'));
    }
    return text.toString();
  }

  /** The places of a polyline, polygon or line, x and y in turn. */
  static double[] places(Element shape) {
    String text =
        shape.getTagName().equals("line")
            ? String.join(
                " ",
                shape.getAttribute("x1"),
                shape.getAttribute("y1"),
                shape.getAttribute("x2"),
                shape.getAttribute("y2"))
            : shape.getTagName().equals("circle")
                ? shape.getAttribute("cx") + " " + shape.getAttribute("cy")
                : shape.getAttribute("points");
    return Arrays.stream(text.trim().split("[ ,]+", -1)).mapToDouble(Double::parseDouble).toArray();
  }
}
