#include "apps/io/refusal.hpp"

namespace tacet::apps {

std::string input_prefix(const std::string& name) {
  return name.empty() ? "" : "input " + name + ": ";
}

void refuse(const ReadOptions& options, const std::string& place, const std::string& what) {
  throw refusal(options, place, what);
}

Error refusal(const ReadOptions& options, const std::string& place, const std::string& what) {
  return Error(Errc::bad_file, input_prefix(options.input_name) + place + ": " + what);
}

std::string why_not_integer(NumberKind kind, std::string_view text) {
  switch (kind) {
    case NumberKind::fraction:
      return quoted(text) +
             " is not a whole number; integers are expected, so scale fixed-point values first";
    case NumberKind::too_large:
      return quoted(text) + " is too large; no ring holds 2^128 or more";
    default:
      return quoted(text) + " is not an integer";
  }
}

}  // namespace tacet::apps
