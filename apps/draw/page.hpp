#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tacet::apps {

/// A trace that a page shows over the graph.
struct PageTrace {
  std::string name;
  std::string json;
};
/// Fails: as read_file() does, and Errc::bad_file for what is no trace.
PageTrace read_page_trace(const std::string& path);

/// Whether this program was built with the page.
bool has_page();
/// A document of to_document() in a page for browsers: one file that asks for nothing else.
/// Fails: Errc::unsupported if this program was built without the page.
std::string to_page(const std::string& title, std::string_view document, std::span<const PageTrace> traces);

}  // namespace tacet::apps
