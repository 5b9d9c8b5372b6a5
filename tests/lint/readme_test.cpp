// README explains messages to operators: each is one that a program says, in these words.
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Everything between double quotes in the sources of what can end a job, adjacent literals as one.
std::string literals() {
  std::string out;
  const std::regex tokens(R"re(//[^\n]*|'(?:\\.|[^'\\\n])'|"((?:\\.|[^"\\\n])*)"(\s*))re");
  for (const char* folder : {"graph", "transport", "actors", "apps"})
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(TACET_SOURCE_DIR) / folder)) {
      if (entry.path().extension() != ".cpp" && entry.path().extension() != ".hpp") continue;
      const std::string text = text_of(entry.path());
      std::ptrdiff_t end = 0;
      for (std::sregex_iterator at(text.begin(), text.end(), tokens), last; at != last; ++at) {
        if (!(*at)[1].matched) continue;
        if (at->position() != end) out += '\n';
        out += (*at)[1];
        end = at->position() + at->length();
      }
      out += '\n';
    }
  return out;
}

std::set<std::string> system_errors() {
  std::set<std::string> out;
  for (int error = 1; error < 134; ++error) out.insert(std::strerror(error));
  return out;
}

/// The words of a message without what is different each time: numbers, names, addresses.
std::vector<std::string> fixed_words(const std::string& message) {
  const std::regex between(
      R"(…|[0-9.]+|[(),:]|\bparty\b|\bclient\b|\bat\b|\b(hospital|university|clinic|depth)\b)");
  std::vector<std::string> out;
  for (std::sregex_token_iterator at(message.begin(), message.end(), between, -1), last; at != last; ++at) {
    const std::string part = std::regex_replace(at->str(), std::regex("^ +| +$"), "");
    if (part.size() > 2) out.push_back(part);
  }
  return out;
}

/// The messages in README's section on running a party: those of the example, and the first cells of the
/// table.
std::vector<std::string> explained_messages() {
  const std::string readme = text_of(fs::path(TACET_SOURCE_DIR) / "README.md");
  const std::size_t begin = readme.find("\n### Running a party\n"), end = readme.find("\n## ", begin);
  BOOST_TEST_REQUIRE((begin != std::string::npos && end != std::string::npos));
  std::vector<std::string> out;
  bool in_example = false, in_table = false;
  std::istringstream lines(readme.substr(begin, end - begin));
  for (std::string line; std::getline(lines, line);) {
    if (line == "```") {
      in_example = !in_example;
    } else if (in_example) {
      out.push_back(line);
    } else if (line.starts_with("| it says |")) {
      in_table = true;
    } else if (!line.starts_with("| ")) {
      in_table = in_table && line.starts_with("|---");
    } else if (in_table) {
      out.push_back(line.substr(2, line.find(" | ", 2) - 2));
    }
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(readme)

BOOST_AUTO_TEST_CASE(messages_that_are_explained_are_said_in_these_words) {
  const std::string said = literals();
  const std::set<std::string> by_the_system = system_errors();
  const std::vector<std::string> messages = explained_messages();
  BOOST_TEST(messages.size() >= 12u);
  for (const std::string& message : messages) {
    const std::vector<std::string> words = fixed_words(message);
    BOOST_TEST(!words.empty(), message);
    for (const std::string& part : words)
      BOOST_TEST((by_the_system.contains(part) || said.find(part) != std::string::npos),
                 "no source says \"" << part << "\" of \"" << message << '"');
  }
}

BOOST_AUTO_TEST_SUITE_END()
