#include "apps/draw/page.hpp"

#include <nlohmann/json.hpp>

#include "apps/io/file.hpp"
#include "apps/limits.hpp"
#include "graph/error.hpp"

namespace tacet::apps {

/// What apps/viewer has been built to; empty without it.
extern const std::string_view kViewerPage;

namespace {

/// JSON in a script element: nothing in it can end the element.
std::string for_script(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

std::string for_markup(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '&'   ? "&amp;"
           : c == '<' ? "&lt;"
           : c == '>' ? "&gt;"
           : c == '"' ? "&quot;"
                      : std::string(1, c);
  return out;
}

void put(std::string& page, std::string_view mark, const std::string& text) {
  const std::size_t at = page.find(mark);
  TACET_ASSERT(at != std::string::npos);
  page.replace(at, mark.size(), text);
}

}  // namespace

PageTrace read_page_trace(const std::string& path) {
  PageTrace trace{path.substr(path.rfind('/') + 1), read_file(path, kMaxTraceBytes)};
  const auto json = nlohmann::json::parse(trace.json, nullptr, false);
  if (!json.is_object() || !json.contains("traceEvents") || !json["traceEvents"].is_array())
    throw Error(Errc::bad_file, path + " is no trace: expected a file that run --trace has written");
  return trace;
}

bool has_page() {
  return !kViewerPage.empty();
}

std::string to_page(const std::string& title, std::string_view document, std::span<const PageTrace> traces) {
  if (!has_page())
    throw Error(Errc::unsupported,
                "--format html: this program was built without the page (Node.js and npm were missing); "
                "expected dot, svg or json");
  std::string page(kViewerPage), list;
  for (const PageTrace& t : traces)
    list += "<script type=\"application/json\" class=\"trace\" data-name=\"" + for_markup(t.name) + "\">" +
            for_script(t.json) + "</script>";
  // What is put in later stands behind what was put in before, or cannot look like a mark: all of it is
  // escaped.
  put(page, "TACET_TITLE", for_markup(title));
  put(page, ">\"TACET_GRAPH\"<", ">" + for_script(document) + "<");
  put(page, "<!--TACET_TRACES-->", list);
  return page;
}

}  // namespace tacet::apps
