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

std::string why_not_integer(NumberKind kind, std::string_view text, const ReadOptions& options) {
  const std::string what = kind == NumberKind::fraction    ? "expected a whole number"
                           : kind == NumberKind::too_large ? "expected a number below 2^128"
                           : options.fractions             ? "expected a number"
                                                           : "expected an integer";
  return what + found(text, options);
}

std::string found(std::string_view text, const ReadOptions& options) {
  return options.show_values ? ", found " + quoted(text) : "";
}

std::string count_text(std::uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace tacet::apps
