// Who may include what. A rule that is only written down is soon broken.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string_view>

namespace {

namespace fs = std::filesystem;

struct Include {
  std::string file;  // relative to the source folder
  int line;
  std::string what;
  bool quoted;
};

/// Skips spaces, then `word`; false if something else stands there.
bool eat(std::string_view& text, std::string_view word) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

std::vector<Include> includes_in(std::istream& text, const std::string& file) {
  std::vector<Include> out;
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    std::string_view rest = line;
    if (!eat(rest, "#") || !eat(rest, "include")) continue;
    const bool quoted = eat(rest, "\"");
    if (!quoted && !eat(rest, "<")) continue;
    out.push_back({file, number, std::string(rest.substr(0, rest.find(quoted ? '"' : '>'))), quoted});
  }
  return out;
}

std::vector<Include> includes_of(const std::string& folder) {
  std::vector<Include> out;
  const fs::path root = TACET_SOURCE_DIR;
  if (!fs::exists(root / folder)) return out;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    const std::string extension = entry.path().extension();
    if (extension != ".cpp" && extension != ".hpp" && extension != ".inc") continue;
    std::ifstream text(entry.path());
    const auto found = includes_in(text, fs::relative(entry.path(), root).generic_string());
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

bool in(const std::string& path, const std::string& folder) {
  return path.starts_with(folder + "/");
}

/// A header of the standard library has neither a folder nor an ending, but for those taken over from C.
bool is_standard(const Include& i) {
  return !i.quoted && i.what.find('/') == std::string::npos && i.what.find('.') == std::string::npos;
}

std::string place(const Include& i) {
  return i.file + ":" + std::to_string(i.line) + " includes " + i.what;
}

void check(const std::string& folder, const std::string& rule,
           const std::function<bool(const Include&)>& allowed) {
  const auto all = includes_of(folder);
  BOOST_TEST(!all.empty(), "no sources in " << folder << ": is TACET_SOURCE_DIR right?");
  for (const Include& i : all) BOOST_TEST(allowed(i), place(i) << "; " << rule);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layers)

BOOST_AUTO_TEST_CASE(the_scanner_sees_every_form_of_include) {
  std::istringstream text(
      "#include <a/b.hpp>\n  #  include \"c.hpp\"\n// #include_next\nint x;\n#include<d>\n");
  const auto found = includes_in(text, "f");
  BOOST_REQUIRE(found.size() == 3u);
  BOOST_TEST((found[0].what == "a/b.hpp" && !found[0].quoted && found[0].line == 1));
  BOOST_TEST((found[1].what == "c.hpp" && found[1].quoted && found[1].line == 2));
  BOOST_TEST((found[2].what == "d" && is_standard(found[2])));
  BOOST_TEST(!is_standard(found[0]));
}

BOOST_AUTO_TEST_CASE(graph_knows_itself_and_the_standard_library) {
  check("graph", "graph includes graph/ and the standard library only, and the vector library in one file",
        [](const Include& i) {
          return in(i.what, "graph") || is_standard(i) ||
                 (in(i.what, "hwy") && i.file == "graph/product.cpp");
        });
}

BOOST_AUTO_TEST_CASE(protocols_know_the_graph) {
  std::set<std::string> crypto;
  check("protocols", "protocols include graph/, protocols/, the vector library and OpenSSL's EVP",
        [&](const Include& i) {
          if (in(i.what, "openssl") &&
              (i.what == "openssl/evp.h" || i.what == "openssl/crypto.h" || i.what == "openssl/rand.h" ||
               i.what == "openssl/kdf.h" || i.what == "openssl/params.h" ||
               i.what == "openssl/core_names.h" || i.what == "openssl/err.h")) {
            crypto.insert(i.file);
            return true;
          }
          return in(i.what, "graph") || in(i.what, "protocols") || in(i.what, "hwy") ||
                 i.what == "immintrin.h" || i.what == "cpuid.h" || is_standard(i);
        });
  BOOST_TEST(crypto.size() <= 1u, "OpenSSL's EVP stands behind one file");
}

BOOST_AUTO_TEST_CASE(transport_knows_ids_and_errors_of_the_graph) {
  check("transport", "transport includes graph/ids.hpp and graph/error.hpp only", [](const Include& i) {
    return !(in(i.what, "graph") && i.what != "graph/ids.hpp" && i.what != "graph/error.hpp") &&
           !in(i.what, "protocols") && !in(i.what, "actors") && !in(i.what, "apps");
  });
}

BOOST_AUTO_TEST_CASE(actors_do_not_know_the_apps) {
  for (const Include& i : includes_of("actors"))
    BOOST_TEST(!in(i.what, "apps"), place(i) << "; actors are below apps");
}

BOOST_AUTO_TEST_CASE(nothing_outside_tests_includes_tests) {
  for (const char* folder : {"graph", "protocols", "transport", "actors", "apps"})
    for (const Include& i : includes_of(folder)) BOOST_TEST(!in(i.what, "tests"), place(i));
}

BOOST_AUTO_TEST_CASE(single_doors) {
  for (const char* folder : {"graph", "protocols", "transport", "actors", "apps"}) {
    for (const Include& i : includes_of(folder)) {
      if (in(i.what, "caf")) BOOST_TEST(in(i.file, "actors"), place(i) << "; only actors include CAF");
      if (in(i.what, "capnp") || in(i.what, "kj") || i.what.ends_with(".capnp.h"))
        BOOST_TEST(in(i.file, "transport"), place(i) << "; only transport includes Cap'n Proto");
      if (i.what == "openssl/ssl.h")
        BOOST_TEST(in(i.file, "transport"), place(i) << "; only transport includes TLS");
      if (in(i.what, "protocols"))
        BOOST_TEST((in(i.file, "protocols") || in(i.file, "actors") || in(i.file, "apps")), place(i));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
